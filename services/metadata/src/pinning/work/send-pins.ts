import { setTimeout as delay } from 'node:timers/promises';
import type { Job } from '@keyward/guard';
import { allEnded } from '../../outside/index.ts';
import type { PinningDeps } from '../pinning-deps.ts';
import type { PinRow } from '../pins-table.ts';
import type { PinProvider } from '../providers/pin-provider.ts';
import { PinningError } from '../providers/pinning-error.ts';
import { blockProvider, restOf } from '../quota/block-provider.ts';
import { restMs } from './back-off.ts';
import { claimPin, type Lane, unclaimPins } from './claim-pin.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { pinContent } from './pin-content.ts';
import { settleFailure } from './settle.ts';
import { unpin } from './unpin.ts';

/** Each takes one pin after the other. What fails again and again is taken by one of them only. */
const lanes: readonly Lane[] = ['fresh', 'fresh', 'any'];
/** A provider that refused our credentials is asked by one, for one pin: the others need not be refused too. */
const probingLanes: readonly Lane[] = ['any'];

const lookAgainMs = 1_000;
/** After so long nothing more is begun: what is at work ends by itself before the run is ended, an hour after it began. */
const beginMs = 3_000_000;

/** Sends what waits to its providers and takes away what is not wanted any more; one node at a time does it (O4). */
export function sendPins(deps: PinningDeps): Job<'metadata-pins'> {
  return {
    name: 'metadata-pins',
    schedule: '@every 3s',
    async run(_input, { signal, log }) {
      const busy = new Set<PinRow['id']>();
      try {
        await allEnded(deps.providers.map((provider) => workAt(deps, provider, { busy, signal })));
      } catch (error) {
        signal.throwIfAborted();
        log.warn({ error: String(error) }, 'pins could not be worked on');
        throw error;
      }
      signal.throwIfAborted();
    },
  };
}

interface Turn {
  /** Pins that are being worked on, at all providers. */
  readonly busy: Set<PinRow['id']>;
  readonly signal: AbortSignal;
}

/**
 * Everything that is due at one provider, until nothing is or the provider asks to be left alone. Whoever has nothing to do
 * looks again as long as another is at work: one upload can take an hour, and what is due meanwhile does not wait for it.
 */
async function workAt(deps: PinningDeps, provider: PinProvider, { busy, signal }: Turn): Promise<void> {
  await unclaimPins(deps.database, provider.name, new Date(deps.clock.now()));
  const inTurn = oneAtATime();
  const startedMs = deps.clock.monotonic();
  const run = async (lane: Lane) => {
    while (!signal.aborted && deps.clock.monotonic() - startedMs < beginMs) {
      const pin = await nextPin(deps, provider, lane);
      if (pin === undefined) {
        if (busy.size === 0) return;
        await delay(lookAgainMs, undefined, { signal });
        continue;
      }
      busy.add(pin.id);
      try {
        // Owners with the same content share it at the provider: one of them after the other.
        await inTurn(pin.cid, () => workOn(deps, provider, pin, signal));
      } finally {
        busy.delete(pin.id);
      }
    }
  };
  const { refusesCredentials } = await restOf(deps.database, provider.name);
  await allEnded((refusesCredentials ? probingLanes : lanes).map(run));
}

async function nextPin(deps: PinningDeps, { name }: PinProvider, lane: Lane): Promise<PinRow | undefined> {
  if ((await restOf(deps.database, name)).isBlocked) return undefined;
  return claimPin(deps.database, { provider: name, lane, now: new Date(deps.clock.now()) });
}

async function workOn(
  deps: PinningDeps,
  provider: PinProvider,
  pin: PinRow,
  signal: AbortSignal,
): Promise<void> {
  try {
    await (pin.wish === 'remove' ? unpin : pinContent)(deps, provider, pin, signal);
  } catch (error) {
    // The node stops or has lost the work: whoever comes next goes on from the row as it is.
    if (signal.aborted) return;
    const fault = faultOf(error, provider);
    const rest = restMs(fault.fault, fault.retryAfterMs);
    if (rest !== undefined)
      await blockProvider(deps.database, provider.name, { ms: rest, reason: fault.fault });
    await settleFailure(deps, pin, fault);
  }
}

/** Whatever else fails lies with the content: a file that cannot be read holds up no other. */
function faultOf(error: unknown, { name }: PinProvider): PinningError {
  if (error instanceof PinningError) return error;
  return new PinningError('content_unreadable', `The content could not be read for ${name}.`);
}
