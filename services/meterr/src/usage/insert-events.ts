import type { KeyCaller } from '@keyward/guard';
import type { Transaction } from '@keyward/guard/database';
import { type SQL, sql } from 'drizzle-orm';
import { moneyText } from '../money.ts';
import { countedClasses } from '../token-classes.ts';
import type { PreparedEvent } from './prepare-event.ts';

interface Column {
  readonly name: string;
  readonly type: 'uuid' | 'text' | 'bytea' | 'timestamptz' | 'bigint' | 'boolean' | 'numeric' | 'jsonb';
  readonly value: (event: PreparedEvent) => unknown;
}

const jsonText = (value: unknown) => (value === null ? null : JSON.stringify(value));

/** One array per column: a statement of a fixed shape, whatever the number of events. */
const columns: readonly Column[] = [
  { name: 'id', type: 'uuid', value: (event) => event.id },
  { name: 'event_id', type: 'text', value: (event) => event.eventId },
  { name: 'content_hash', type: 'bytea', value: (event) => event.contentHash },
  { name: 'provider', type: 'text', value: (event) => event.provider },
  { name: 'model', type: 'text', value: (event) => event.model },
  { name: 'occurred_at', type: 'timestamptz', value: (event) => new Date(event.occurredAtMs).toISOString() },
  ...countedClasses.map(
    (name): Column => ({ name, type: 'bigint', value: (event: PreparedEvent) => event.counts[name] }),
  ),
  { name: 'total_tokens', type: 'bigint', value: (event) => event.totalTokens },
  { name: 'total_mismatch', type: 'boolean', value: (event) => event.totalMismatch },
  { name: 'cost', type: 'numeric', value: (event) => event.cost && moneyText(event.cost) },
  { name: 'price_id', type: 'uuid', value: (event) => event.priceId },
  { name: 'priced', type: 'text', value: (event) => event.priced },
  {
    name: 'reported_cost',
    type: 'numeric',
    value: (event) => event.reportedCost && moneyText(event.reportedCost),
  },
  { name: 'tags', type: 'jsonb', value: (event) => jsonText(event.tags) },
  { name: 'metadata', type: 'jsonb', value: (event) => jsonText(event.metadata) },
];

const names = sql.raw(columns.map(({ name }) => name).join(', '));

/** Inserts those whose event id is new and returns the ids of what was inserted. */
export async function insertEvents(
  tx: Transaction,
  owner: KeyCaller,
  events: readonly PreparedEvent[],
  teamIds: readonly string[],
  nowMs: number,
): Promise<ReadonlySet<string>> {
  if (events.length === 0) return new Set();
  const arrays = sql.join(
    columns.map(({ type, value }): SQL => {
      // JSON travels as text: the driver would otherwise write it as an array of its own.
      const sent = sql.raw(`${type === 'jsonb' ? 'text' : type}[]`);
      return sql`${sql.param(events.map(value))}::${sent}`;
    }),
    sql`, `,
  );
  const selected = sql.raw(
    columns.map(({ name, type }) => (type === 'jsonb' ? `${name}::jsonb` : name)).join(', '),
  );
  const { rows } = await tx.execute<{ id: string }>(sql`
    INSERT INTO usage_events (user_id, environment, key_id, created_at, team_ids, ${names})
    SELECT ${owner.userId}::text, ${owner.environment}::text, ${owner.keyId}::text,
      ${new Date(nowMs).toISOString()}::timestamptz, ${sql.param(teamIds)}::uuid[], ${selected}
    FROM unnest(${arrays}) AS sent (${names})
    ON CONFLICT (user_id, environment, event_id) DO NOTHING
    RETURNING id`);
  return new Set(rows.map(({ id }) => id));
}
