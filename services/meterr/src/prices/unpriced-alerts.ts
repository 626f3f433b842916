import { asData, type Job, operatorsOf, queueMail } from '@keyward/guard';
import type { Database } from '@keyward/guard/database';
import { sql } from 'drizzle-orm';

const namedMax = 50;

/**
 * Tells operators which models came without a price since they were last told: all in one mail, at most one in a quarter of
 * an hour, since callers choose the names (T4).
 */
export function unpricedAlerts(
  database: Database,
  securityContact: string | undefined,
): Job<'meterr-unpriced-alerts'> {
  return {
    name: 'meterr-unpriced-alerts',
    schedule: '@every 900s',
    async run(_input, { clock }) {
      const nowMs = clock.now();
      const now = new Date(nowMs).toISOString();
      await database.orm.transaction(async (tx) => {
        const { rows } = await tx.execute<{ provider: string; model: string }>(sql`
          UPDATE unpriced_models SET alerted_at = ${now}::timestamptz
          WHERE alerted_at IS NULL RETURNING provider, model`);
        if (rows.length === 0) return;
        const named = rows
          .slice(0, namedMax)
          .map(({ provider, model }) => `- ${asData(provider)}: ${asData(model)}`);
        const more = rows.length > namedMax ? [`and ${rows.length - namedMax} more`] : [];
        for (const to of await operatorsOf(tx, securityContact, nowMs)) {
          await queueMail(tx, {
            to,
            dedupeKey: `meterr.unpriced ${now} ${to}`,
            subject: `${rows.length} AI ${rows.length === 1 ? 'model has' : 'models have'} no price`,
            text: `Usage of these models is recorded and not priced until their price is known (keyward prices set):\n${[...named, ...more].join('\n')}`,
          });
        }
      });
    },
  };
}
