import type { Job } from '@keyward/guard';
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

/** Sends what waits to its providers and takes away what is not wanted any more; one node at a time does it (O4). */
export function sendPins(deps: PinningDeps): Job<'metadata-pins'> {
  return {
    name: 'metadata-pins',
    schedule: '@every 3s',
    async run(_input, { signal, log }) {
      const work = deps.providers.map((provider) => workAt(deps, provider, signal));
      const outcomes = await Promise.allSettled(work);
      signal.throwIfAborted();
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') {
          log.warn({ error: String(outcome.reason) }, 'pins could not be worked on');
          throw outcome.reason;
        }
      }
    },
  };
}

/** Everything that is due at one provider, until nothing is or the provider asks to be left alone. */
export async function workAt(deps: PinningDeps, provider: PinProvider, signal: AbortSignal): Promise<void> {
  await unclaimPins(deps.database, provider.name, new Date(deps.clock.now()));
  const inTurn = oneAtATime();
  const run = async (lane: Lane) => {
    while (!signal.aborted && !(await restOf(deps.database, provider.name)).isBlocked) {
      const now = new Date(deps.clock.now());
      const pin = await claimPin(deps.database, { provider: provider.name, lane, now });
      if (pin === undefined) return;
      // Owners with the same content share it at the provider: one of them after the other.
      await inTurn(pin.cid, () => workOn(deps, provider, pin, signal));
    }
  };
  const { refusesCredentials } = await restOf(deps.database, provider.name);
  await Promise.all((refusesCredentials ? probingLanes : lanes).map(run));
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
