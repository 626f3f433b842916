import type { Transaction } from '@keyward/guard/database';
import { sql } from 'drizzle-orm';

/** Makes one person's sums by tag and team another's, as they stand: nothing is booked meanwhile (`lockAccounts`). */
export async function moveWholeSums(tx: Transaction, from: string, to: string): Promise<void> {
  await tx.execute(sql`
    WITH moved AS (DELETE FROM usage_by_team WHERE user_id = ${from} RETURNING *)
    INSERT INTO usage_by_team AS held
    SELECT team_id, quarter, ${to}, provider, model, events, unpriced_events, tokens, cost FROM moved
    ON CONFLICT (team_id, quarter, user_id, provider, model) DO UPDATE SET
      events = held.events + excluded.events, unpriced_events = held.unpriced_events + excluded.unpriced_events,
      tokens = held.tokens + excluded.tokens, cost = held.cost + excluded.cost`);
  await tx.execute(sql`
    WITH moved AS (DELETE FROM usage_by_tag WHERE user_id = ${from} RETURNING *)
    INSERT INTO usage_by_tag AS held
    SELECT ${to}, environment, tag, quarter, value, provider, model, events, unpriced_events, tokens, cost FROM moved
    ON CONFLICT (user_id, environment, tag, quarter, value, provider, model) DO UPDATE SET
      events = held.events + excluded.events, unpriced_events = held.unpriced_events + excluded.unpriced_events,
      tokens = held.tokens + excluded.tokens, cost = held.cost + excluded.cost`);
}
