import { json, type KeyCaller, page, type Reply } from '@keyward/guard';
import type { Orm } from '@keyward/guard/database';
import { and, desc, eq, lt, or, type SQL } from 'drizzle-orm';
import type { PinningDeps } from '../pinning-deps.ts';
import { type PinRow, pins } from '../pins-table.ts';
import { presentPin } from './present-pin.ts';

export interface PinsQuery {
  readonly state?: PinRow['state'] | undefined;
  readonly kind?: PinRow['kind'] | undefined;
  readonly provider?: PinRow['provider'] | undefined;
  readonly object_id?: string | undefined;
  readonly cid?: string | undefined;
  readonly limit: number;
  readonly cursor?: { readonly id: string; readonly createdAt: Date } | undefined;
}

/** The caller's pins (R3, K5). */
export function pinsOf(caller: KeyCaller): SQL | undefined {
  return and(eq(pins.userId, caller.userId), eq(pins.environment, caller.environment));
}

/** One of the caller's pins. */
export async function findPin(orm: Orm, caller: KeyCaller, id: string): Promise<PinRow | undefined> {
  const [found] = await orm
    .select()
    .from(pins)
    .where(and(pinsOf(caller), eq(pins.id, id)));
  return found;
}

/** A page of the caller's pins, newest first. */
export async function listPins(
  { database }: PinningDeps,
  caller: KeyCaller,
  query: PinsQuery,
): Promise<Reply> {
  const { state, kind, provider, object_id: objectId, cid, limit, cursor } = query;
  const rows = await database.orm
    .select()
    .from(pins)
    .where(
      and(
        pinsOf(caller),
        state && eq(pins.state, state),
        kind && eq(pins.kind, kind),
        provider && eq(pins.provider, provider),
        objectId === undefined ? undefined : eq(pins.objectId, objectId),
        cid === undefined ? undefined : eq(pins.cid, cid),
        cursor &&
          or(
            lt(pins.createdAt, cursor.createdAt),
            and(eq(pins.createdAt, cursor.createdAt), lt(pins.id, cursor.id)),
          ),
      ),
    )
    .orderBy(desc(pins.createdAt), desc(pins.id))
    .limit(limit + 1);
  return json(200, page(rows, limit, presentPin));
}
