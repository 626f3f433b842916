import { afterAll, beforeAll, expect, test } from 'vitest';
import { settleAccounts } from './chaos-bed.ts';
import { compareWithLog, exactlyOnce, exportedLog } from './compare-with-log.ts';
import { killNodeUnderLoad, openMin } from './kill-under-load.ts';
import { killPostgresUnderLoad } from './postgres-away.ts';
import { rounds, say, timeoutMs } from './rounds.ts';
import { type SeparateServers, startSeparateServers } from './separate-servers.ts';

// KEYWARD_CHAOS=full kills twenty times instead of four.

let servers: SeparateServers;

beforeAll(async () => {
  servers = await startSeparateServers();
});
afterAll(() => servers.close());

/** What must hold after anything that was done to the servers. */
async function expectNothingLost(name: string): Promise<void> {
  const { ledger, keyward } = servers;
  const { resent, kept, sent } = await settleAccounts(servers);
  expect(ledger.wrong.slice(0, 10)).toEqual([]);
  expect(kept).toEqual(sent);
  const log = compareWithLog(ledger, await exportedLog(keyward));
  say(
    `${name}: ${log.answered} answered (${ledger.count('answered', 503)} with 503), ${log.rows} rows (${log.unanswered} of cut requests), ${ledger.documents.length} documents, ${ledger.events.size} events (${resent} resent)`,
  );
  expect(log).toMatchObject(exactlyOnce);
}

test(`A1, A2, O6: kill -9 of the node and of PostgreSQL by turns, ${rounds} times in all, loses nothing and doubles nothing`, {
  timeout: timeoutMs,
}, async () => {
  for (let round = 1; round <= rounds; round += 1) {
    const name = `separate ${round}/${rounds}`;
    if (round % 2 === 1) {
      const { afterMs, open, cut, startMs } = await killNodeUnderLoad(servers);
      say(`${name}: node killed after ${afterMs} ms, ${open} open, ${cut} cut; started in ${startMs} ms`);
      expect(open).toBeGreaterThanOrEqual(openMin);
      expect(cut).toBeGreaterThan(0);
    } else {
      const cutBefore = servers.ledger.count('cut');
      const { awayMs, answered, unavailable, backAfterMs } = await killPostgresUnderLoad(servers);
      say(
        `${name}: PostgreSQL away for ${awayMs} ms, meanwhile ${answered} answered, ${unavailable} of them with 503; writes again after ${backAfterMs} ms`,
      );
      // The node stayed up: it cut nobody off.
      expect(servers.ledger.count('cut')).toBe(cutBefore);
    }
  }
  await expectNothingLost('separate');
});
