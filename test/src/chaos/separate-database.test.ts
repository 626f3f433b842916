import { afterAll, beforeAll, expect, test } from 'vitest';
import { auditRows } from '../product/audit-rows.ts';
import { settleAccounts } from './chaos-bed.ts';
import { compareWithLog, exactlyOnce, expectSoundTree } from './compare-with-log.ts';
import { anyMoment, killNodeUnderLoad, openMin } from './kill-under-load.ts';
import { killNodeWhileItShips } from './kill-while-shipping.ts';
import { killBothUnderLoad, killPostgresUnderLoad } from './postgres-away.ts';
import { backlogRounds, rounds, say, timeoutMs } from './rounds.ts';
import { type SeparateServers, shippedLog, startSeparateServers } from './separate-servers.ts';

// KEYWARD_CHAOS=full kills fifty times instead of four, and ships five backlogs instead of one.

let servers: SeparateServers;

beforeAll(async () => {
  servers = await startSeparateServers();
}, timeoutMs);
afterAll(() => servers.close());

/** What must hold after anything that was done to the servers. */
async function expectNothingLost(name: string): Promise<void> {
  const { ledger, keyward, postgres } = servers;
  const { resent, kept, sent } = await settleAccounts(servers);
  expect(ledger.wrong.slice(0, 10)).toEqual([]);
  expect(kept).toEqual(sent);
  // A search ships what the node's journal still holds (A2).
  await auditRows(keyward, {}, 1);
  const log = compareWithLog(ledger, await shippedLog(postgres));
  say(
    `${name}: ${log.answered} answered (${ledger.count('answered', 503)} with 503), ${log.rows} rows (${log.unanswered} of cut requests), ${ledger.documents.length} documents, ${ledger.events.size} events (${resent} resent)`,
  );
  expect(log).toMatchObject(exactlyOnce);
  await expectSoundTree(keyward);
}

async function killTheNode(name: string): Promise<void> {
  const { afterMs, open, cut, startMs } = await killNodeUnderLoad(servers);
  say(`${name}: node killed after ${afterMs} ms, ${open} open, ${cut} cut; started in ${startMs} ms`);
  expect(open).toBeGreaterThanOrEqual(openMin);
  expect(cut).toBeGreaterThan(0);
}

async function killTheDatabase(name: string, isLong: boolean): Promise<void> {
  const cutBefore = servers.ledger.count('cut');
  const { awayMs, answered, unavailable, backAfterMs } = await killPostgresUnderLoad(servers, isLong);
  say(
    `${name}: PostgreSQL away for ${awayMs} ms, meanwhile ${answered} answered, ${unavailable} of them with 503; writes again after ${backAfterMs} ms`,
  );
  // The node stayed up: it cut nobody off.
  expect(servers.ledger.count('cut')).toBe(cutBefore);
}

test(
  'A1, A2, A4, O6: kill -9 of the node, of PostgreSQL and of both under load, by turns, loses nothing and doubles nothing',
  async () => {
    for (let round = 1; round <= rounds; round += 1) {
      const name = `separate ${round}/${rounds}`;
      if (round % 4 === 1) await killTheNode(name);
      else if (round % 4 === 3) {
        const { open, cut } = await killBothUnderLoad(servers);
        say(`${name}: PostgreSQL and node killed, ${open} open, ${cut} cut`);
        expect(open).toBeGreaterThanOrEqual(openMin);
        expect(cut).toBeGreaterThan(0);
      } else await killTheDatabase(name, round % 4 === 0);
    }
    await expectNothingLost('separate');
  },
  timeoutMs,
);

test(
  'A2: kill -9 in the middle of shipping a backlog: each entry is in the log once',
  async () => {
    for (let round = 1; round <= backlogRounds; round += 1) {
      const { awayMs, backlog, shipped } = await killNodeWhileItShips(servers);
      say(
        `backlog ${round}/${backlogRounds}: PostgreSQL away for ${awayMs} ms, ${backlog} entries behind; killed when ${shipped} of them were shipped`,
      );
      expect(shipped).toBeGreaterThan(0);
      expect(shipped).toBeLessThan(backlog);
    }
    await expectNothingLost('backlog');
  },
  timeoutMs,
);

test(
  'A2: a graceful stop under load finishes what it has begun, ships the log and ends with 0',
  async () => {
    const { keyward, load, ledger, postgres } = servers;
    const sentBefore = ledger.sent.size;
    load.start(keyward.url);
    await anyMoment(ledger);
    const open = load.open;
    const askedAtMs = performance.now();
    // The load goes on: whoever comes too late is turned away, and nobody whose request was begun.
    expect(await keyward.stop()).toBe(0);
    const stopMs = Math.round(performance.now() - askedAtMs);
    load.hold();
    await load.settled();
    const finished = open.filter((id) => ledger.sent.get(id)?.outcome?.kind === 'answered');
    const rows = await shippedLog(postgres);
    const cut = [...ledger.sent].slice(sentBefore).filter(([, { outcome }]) => outcome?.kind !== 'answered');
    const begun = cut.filter(([id]) => rows.some((row) => row.client_request_id === id));
    const log = compareWithLog(ledger, rows);
    say(
      `stop: ${open.length} open, ${finished.length} of them answered; ended after ${stopMs} ms; ${cut.length} came too late, ${begun.length} were begun and cut; ${log.rows} rows`,
    );
    expect(finished.length).toBeGreaterThanOrEqual(openMin);
    expect(begun).toEqual([]);
    expect(log).toMatchObject(exactlyOnce);
    await keyward.start();
    await expectNothingLost('stop');
  },
  timeoutMs,
);
