import type { KeyCaller } from '@keyward/guard';
import type { Database } from '@keyward/guard/database';
import { and, desc, eq, gte, lt, type SQL, sql } from 'drizzle-orm';
import { tokens } from '../database/schema.ts';
import type { Position } from '../fields.ts';
import { type Decimals, formatMoney, money } from '../money.ts';
import { endOfDay, startOfDay } from '../utc-days.ts';

export type TokenRow = typeof tokens.$inferSelect;

/** UTC days, both included. */
export interface TokenFilter {
  readonly startDate: string | undefined;
  readonly endDate: string | undefined;
}

export async function insertToken(database: Database, row: TokenRow): Promise<void> {
  await database.orm.insert(tokens).values(row);
}

/** At most `rowsMax` of the owner's counts, newest first, after `after`. */
export async function listTokens(
  database: Database,
  owner: KeyCaller,
  { startDate, endDate }: TokenFilter,
  after: Position | undefined,
  rowsMax: number,
): Promise<TokenRow[]> {
  return database.orm
    .select()
    .from(tokens)
    .where(
      and(
        ownedBy(owner),
        startDate === undefined ? undefined : gte(tokens.createdAt, startOfDay(startDate)),
        endDate === undefined ? undefined : lt(tokens.createdAt, endOfDay(endDate)),
        after &&
          sql`(${tokens.createdAt}, ${tokens.id}) < (${after.createdAt.toISOString()}::timestamptz, ${after.id}::uuid)`,
      ),
    )
    .orderBy(desc(tokens.createdAt), desc(tokens.id))
    .limit(rowsMax);
}

/** One count of the owner's; another's is as absent as one that never was (R3). */
export async function readToken(
  database: Database,
  owner: KeyCaller,
  id: string,
): Promise<TokenRow | undefined> {
  const rows = await database.orm
    .select()
    .from(tokens)
    .where(and(ownedBy(owner), eq(tokens.id, id)));
  return rows[0];
}

/** The count as answers show it. */
export function tokenAnswer(row: TokenRow, decimals: Decimals): Record<string, unknown> {
  return {
    id: row.id,
    model: row.model,
    encoding: row.encoding,
    count: row.count,
    exactness: row.exactness,
    priced: row.priced,
    cost: row.cost === null ? null : formatMoney(money(row.cost), decimals),
    price_id: row.priceId,
    metadata: row.metadata ?? {},
    created_at: row.createdAt.toISOString(),
  };
}

function ownedBy(owner: KeyCaller): SQL | undefined {
  return and(eq(tokens.userId, owner.userId), eq(tokens.environment, owner.environment));
}
