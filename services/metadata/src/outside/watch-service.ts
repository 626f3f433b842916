import type { Clock } from '@keyward/guard';
import type { Database } from '@keyward/guard/database';
import { eq, ne, or, type SQL } from 'drizzle-orm';
import { type OutsideServiceName, type OutsideState, outsideServices } from './outside-services-table.ts';

/** `write`: sends or takes away. What is allowed to write has good credentials for everything we do. */
export type CallKind = 'read' | 'write';

/** What a failure says about the service as a whole; undefined: nothing, it concerns what was asked. */
export type JudgeFailure = (error: unknown) => Exclude<OutsideState, 'ok'> | undefined;

export interface WatchedService {
  readonly name: OutsideServiceName;
  readonly database: Database;
  readonly clock: Clock;
  readonly judge: JudgeFailure;
  /** Called when it takes our credentials again. */
  readonly onMended?: () => Promise<void>;
}

/** Does the work of a call and gives on what comes of it. */
export type Watch = <T>(kind: CallKind, work: () => Promise<T>) => Promise<T>;

/** Another node may have seen it otherwise: after so long what is known here is written down again, milliseconds. */
const believedMs = 30_000;

/** Writes down how a service answers, whenever that changes, so that `/readyz` and alerts can tell (O6). */
export function watchService(service: WatchedService): Watch {
  const { clock, judge } = service;
  const okUntilMs = { read: Number.NEGATIVE_INFINITY, write: Number.NEGATIVE_INFINITY };
  return async (kind, work) => {
    try {
      const result = await work();
      if (clock.monotonic() >= okUntilMs[kind]) {
        await noteSuccess(service, kind);
        okUntilMs[kind] = clock.monotonic() + believedMs;
      }
      return result;
    } catch (error) {
      const state = judge(error);
      if (state !== undefined) {
        okUntilMs.read = okUntilMs.write = Number.NEGATIVE_INFINITY;
        await noteFailure(service, kind, state, error);
      }
      throw error;
    }
  };
}

async function noteFailure(
  { database, clock, name }: WatchedService,
  kind: CallKind,
  state: Exclude<OutsideState, 'ok'>,
  error: unknown,
): Promise<void> {
  const detail = String((error as { message?: unknown }).message ?? '').slice(0, 300);
  const refusedCall = state === 'refused' ? kind : null;
  const found = { state, detail, refusedCall, since: new Date(clock.now()) };
  await database.orm
    .insert(outsideServices)
    .values({ name, ...found })
    .onConflictDoUpdate({
      target: outsideServices.name,
      set: found,
      // That the network fails too says nothing new of credentials.
      setWhere: isWorse(state, kind) as SQL,
    });
}

/** What makes of the row something else than it says. */
function isWorse(state: Exclude<OutsideState, 'ok'>, kind: CallKind): SQL | undefined {
  if (state === 'away') return eq(outsideServices.state, 'ok');
  const isOther = ne(outsideServices.state, 'refused');
  return kind === 'read' ? isOther : or(isOther, eq(outsideServices.refusedCall, 'read'));
}

async function noteSuccess(
  { database, clock, name, onMended }: WatchedService,
  kind: CallKind,
): Promise<void> {
  const { rows } = await database.pool.query<{ was: OutsideState }>(
    `UPDATE outside_services AS service SET state = 'ok', since = $2, refused_call = NULL, detail = NULL
     FROM (
       SELECT name, state FROM outside_services
       WHERE name = $1 AND state <> 'ok' AND ($3 OR state <> 'refused' OR refused_call = 'read') FOR UPDATE
     ) AS before
     WHERE service.name = before.name RETURNING before.state AS was`,
    [name, new Date(clock.now()), kind === 'write'],
  );
  if (rows[0]?.was === 'refused') await onMended?.();
}
