import { type Job, operatorsOf, queueMail } from '@keyward/guard';
import type { Database } from '@keyward/guard/database';
import { checkInvariants } from './check-invariants.ts';

const named = 10;

/** Counts everything once more every night, and tells operators of a figure that is not what the events say (T3). */
export function invariantCheck(
  database: Database,
  securityContact: string | undefined,
): Job<'meterr-invariants'> {
  return {
    name: 'meterr-invariants',
    schedule: '30 3 * * *',
    async run(_input, { clock, log }) {
      const report = await checkInvariants(database);
      const { findings, examples, ...checked } = report;
      if (findings === 0) {
        log.info(checked, 'sums and budgets of usage are what the events say');
        return;
      }
      log.error({ ...checked, findings, examples: examples.slice(0, named) }, 'a sum of usage is wrong');
      const nowMs = clock.now();
      const day = new Date(nowMs).toISOString().slice(0, 10);
      await database.orm.transaction(async (tx) => {
        for (const to of await operatorsOf(tx, securityContact, nowMs)) {
          await queueMail(tx, {
            to,
            dedupeKey: `meterr.invariants ${day} ${to}`,
            subject: `${findings} sums of usage are not what the events say`,
            text: `keyward meterr verify shows them. The events are the truth: nothing that was recorded is lost by it.`,
          });
        }
      });
    },
  };
}
