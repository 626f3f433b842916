import type { Transaction } from '@keyward/guard/database';
import { sql } from 'drizzle-orm';
import type { PreparedEvent } from './prepare-event.ts';

/** Remembers models that came without a price, so that operators hear of each once (T4). */
export async function noteUnpriced(
  tx: Transaction,
  events: readonly PreparedEvent[],
  nowMs: number,
): Promise<void> {
  const models = new Map(
    events
      .filter(({ cost }) => cost === null)
      .map(({ provider, model }) => [JSON.stringify([provider, model]), { provider, model }]),
  );
  if (models.size === 0) return;
  const found = [...models.values()];
  await tx.execute(sql`
    INSERT INTO unpriced_models (provider, model, first_seen_at)
    SELECT provider, model, ${new Date(nowMs).toISOString()}::timestamptz
    FROM unnest(${sql.param(found.map(({ provider }) => provider))}::text[],
      ${sql.param(found.map(({ model }) => model))}::text[]) AS found (provider, model)
    ORDER BY provider COLLATE "C", model COLLATE "C"
    ON CONFLICT DO NOTHING`);
}
