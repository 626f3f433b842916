import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { settleAccounts } from './chaos-bed.ts';
import { compareWithLog, exactlyOnce, exportedLog } from './compare-with-log.ts';
import { killNodeUnderLoad, openMin } from './kill-under-load.ts';
import { killNodeWhileItShips } from './kill-while-shipping.ts';
import { killPostgresUnderLoad } from './postgres-away.ts';
import { backlogRounds, between, rounds, say, timeoutMs } from './rounds.ts';
import { type SeparateServers, shippedLog, startSeparateServers } from './separate-servers.ts';

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

test('A2: kill -9 in the middle of shipping a backlog: each entry is in the log once', {
  timeout: timeoutMs,
}, async () => {
  for (let round = 1; round <= backlogRounds; round += 1) {
    const { awayMs, backlog, shipped } = await killNodeWhileItShips(servers);
    say(
      `backlog ${round}/${backlogRounds}: PostgreSQL away for ${awayMs} ms, ${backlog} entries behind; killed when ${shipped} of them were shipped`,
    );
    expect(shipped).toBeGreaterThan(0);
    expect(shipped).toBeLessThan(backlog);
  }
  await expectNothingLost('backlog');
});

test('A2: a graceful stop under load finishes what is open, ships the log and ends with 0', {
  timeout: timeoutMs,
}, async () => {
  const { keyward, load, ledger, postgres } = servers;
  load.start(keyward.url);
  await delay(between(500, 1_500));
  const open = load.open;
  const askedAt = performance.now();
  const exit = keyward.stop();
  await delay(between(50, 300));
  load.hold();
  await load.settled();
  expect(await exit).toBe(0);
  const stopMs = Math.round(performance.now() - askedAt);
  const unfinished = open.filter((id) => ledger.sent.get(id)?.outcome?.kind !== 'answered');
  const log = compareWithLog(ledger, await shippedLog(postgres));
  say(`stop: ${open.length} open, ${unfinished.length} of them unfinished; ended after ${stopMs} ms, ${log.rows} rows`);
  expect(unfinished).toEqual([]);
  expect(log).toMatchObject({ ...exactlyOnce, unanswered: 0 });
  await keyward.start();
  await expectNothingLost('stop');
});
