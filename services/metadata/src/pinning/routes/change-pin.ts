import { type KeyCaller, type Problem, refuse } from '@keyward/guard';
import { and, eq, inArray, ne, sql } from 'drizzle-orm';
import type { PinningDeps } from '../pinning-deps.ts';
import { type PinRow, pins, untried } from '../pins-table.ts';
import { findPin, pinsOf } from './list-pins.ts';

/** Tries a pin again at once, as if it were new. 409 while it is under way, or when it is pinned. */
export async function retryPin(deps: PinningDeps, caller: KeyCaller, id: string): Promise<PinRow | Problem> {
  const { orm } = deps.database;
  const now = new Date(deps.clock.now());
  const afresh = {
    state: 'queued',
    ...untried,
    repairs: 0,
    reason: null,
    detail: null,
    nextTryAt: now,
  } as const;
  const [retried] = await orm
    .update(pins)
    .set({ ...afresh, updatedAt: now })
    .where(and(pinsOf(caller), eq(pins.id, id), inArray(pins.state, ['queued', 'waiting', 'failed'])))
    .returning();
  if (retried !== undefined) return retried;
  const found = await findPin(orm, caller, id);
  if (found === undefined) return refuse('not_found');
  const detail =
    found.state === 'pinned'
      ? 'The pin is pinned: there is nothing to try again.'
      : 'The pin is being sent at this moment: look at it again in a while.';
  return refuse('conflict', { detail });
}

/** Has a pin taken away. It is listed until it is gone. */
export async function deletePin(deps: PinningDeps, caller: KeyCaller, id: string): Promise<PinRow | Problem> {
  const now = new Date(deps.clock.now());
  const [doomed] = await deps.database.orm
    .update(pins)
    .set({
      ...{ wish: 'remove', ...untried, nextTryAt: now, updatedAt: now, reason: null, detail: null },
      state: sql`CASE WHEN ${pins.state} = 'sending' THEN 'sending' ELSE 'queued' END`,
    })
    .where(and(pinsOf(caller), eq(pins.id, id), ne(pins.wish, 'remove')))
    .returning();
  return doomed ?? (await findPin(deps.database.orm, caller, id)) ?? refuse('not_found');
}
