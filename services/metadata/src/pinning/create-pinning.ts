import type { Clock, Handlers, Job } from '@keyward/guard';
import type { Database } from '@keyward/guard/database';
import type { MediaStore } from '../media/index.ts';
import { auditPins, hastenAudits } from './audit/audit-pins.ts';
import { giveUpGone } from './collections/give-up-gone.ts';
import { lookAtAll, pinCollections } from './collections/pin-collections.ts';
import type { PinningDeps } from './pinning-deps.ts';
import type { PinProvider, PinProviderName } from './providers/pin-provider.ts';
import { pinata } from './providers/pinata/pinata.ts';
import { pinningService } from './providers/pinning-service.ts';
import { watchProvider } from './providers/watch-provider.ts';
import { endRefusal } from './quota/block-provider.ts';
import { permitsOf, type Quota } from './quota/take-permit.ts';
import type { pinningContract } from './routes/pinning-contract.ts';
import { pinningHandlers } from './routes/pinning-handlers.ts';
import { oneAtATime } from './work/one-at-a-time.ts';
import { sendPins } from './work/send-pins.ts';

/** What is set up; nothing: nothing is pinned. Tokens stay in the closures of their providers. */
export interface PinningSettings {
  readonly pinata?:
    | {
        readonly token: string;
        readonly requestsPerMinute: number;
        readonly apiUrl?: string | undefined;
        readonly uploadsUrl?: string | undefined;
        readonly groupId?: string | undefined;
        /** Beyond so many bytes uploads are made of pieces. */
        readonly onePieceBytesMax?: number | undefined;
      }
    | undefined;
  readonly service?:
    | {
        readonly url: string;
        readonly token: string;
        readonly requestsPerMinute: number;
        readonly origins: readonly string[];
      }
    | undefined;
  readonly gatewayUrl?: string | undefined;
  /** What the gateway allows. Default 60. */
  readonly gatewayRequestsPerMinute?: number | undefined;
  /** How long a collection must have been left alone before it is pinned, milliseconds. Default 10 s. */
  readonly settleMs?: number | undefined;
  /** How often each pin is looked at, milliseconds. Default a day. */
  readonly auditEveryMs?: number | undefined;
}

export interface PinningOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly store: MediaStore;
  readonly settings?: PinningSettings | undefined;
}

export interface Pinning {
  readonly names: readonly PinProviderName[];
  readonly handlers: Handlers<typeof pinningContract>;
  readonly jobs: readonly Job[];
  start(): Promise<void>;
}

/** Contents on IPFS: what is wanted is rows, what is done is jobs, and each step can be seen (N6). */
export function createPinning({ database, clock, store, settings = {} }: PinningOptions): Pinning {
  const {
    gatewayUrl,
    gatewayRequestsPerMinute = 60,
    settleMs = 10_000,
    auditEveryMs = 24 * 3600 * 1000,
  } = settings;
  const deps: PinningDeps = {
    database,
    clock,
    store,
    settleMs,
    inTurn: oneAtATime(),
    providers: providersOf(database, clock, settings),
  };
  const takePermit = permitsOf(database, {
    provider: 'gateway',
    requestsPerMinute: gatewayRequestsPerMinute,
  });
  const audit = {
    gateway: gatewayUrl === undefined ? undefined : { url: gatewayUrl, takePermit, clock },
    everyMs: auditEveryMs,
  };
  const jobs = [pinCollections(deps), giveUpGone(deps), sendPins(deps), auditPins(deps, audit)];
  return {
    names: deps.providers.map(({ name }) => name),
    handlers: pinningHandlers(deps),
    jobs: deps.providers.length === 0 ? [] : jobs,
    async start() {
      await startWritingDown(deps);
      await hastenAudits(deps, auditEveryMs);
    },
  };
}

/** Triggers write down changes of collections while a provider is set up. */
async function startWritingDown(deps: PinningDeps): Promise<void> {
  const { pool } = deps.database;
  const names = deps.providers.map(({ name }) => name);
  await pool.query("DELETE FROM pin_quotas WHERE provider <> 'gateway' AND provider <> ALL ($1)", [names]);
  if (names.length === 0) {
    await pool.query("DELETE FROM pin_quotas WHERE provider = 'gateway'");
    await pool.query('DELETE FROM pin_changes');
    return;
  }
  await pool.query(
    `INSERT INTO pin_quotas (provider, permits, refilled_at)
     SELECT unnest($1::text[]), 0, clock_timestamp() ON CONFLICT DO NOTHING`,
    [names],
  );
  // What our credentials were refused for may have been set right: it is tried at once.
  for (const name of names) await endRefusal(deps.database, name, new Date(deps.clock.now()));
  await lookAtAll(deps);
}

function providersOf(database: Database, clock: Clock, settings: PinningSettings): PinProvider[] {
  const access = (token: string, quota: Quota) => ({ token, clock, takePermit: permitsOf(database, quota) });
  const { pinata: account, service } = settings;
  const providers: PinProvider[] = [];
  if (account !== undefined) {
    const { token, requestsPerMinute, ...options } = account;
    providers.push(pinata({ ...options, ...access(token, { provider: 'pinata', requestsPerMinute }) }));
  }
  if (service !== undefined) {
    const { token, requestsPerMinute, ...options } = service;
    const quota = { provider: 'pinning-service', requestsPerMinute };
    providers.push(pinningService({ ...options, ...access(token, quota) }));
  }
  return providers.map((provider) => watchProvider(provider, database, clock));
}
