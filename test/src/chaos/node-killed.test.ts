import { expect, test } from 'vitest';
import { Keyward } from '../product/keyward.ts';
import { makeChaosBed, settleAccounts } from './chaos-bed.ts';
import { compareWithLog, exactlyOnce, expectSoundTree, exportedLog } from './compare-with-log.ts';
import { killNodeUnderLoad, openMin } from './kill-under-load.ts';
import { rounds, say, timeoutMs } from './rounds.ts';

// KEYWARD_CHAOS=full kills fifty times instead of four.

test('A1, A2, A4, O1: kill -9 of the node under load, again and again, on the embedded database loses nothing and doubles nothing', {
  timeout: timeoutMs,
}, async () => {
  await using keyward = await Keyward.create({ environment: { LOG_LEVEL: 'error' } });
  await keyward.start();
  const bed = await makeChaosBed(keyward);
  for (let round = 1; round <= rounds; round += 1) {
    const { afterMs, open, cut, startMs } = await killNodeUnderLoad(bed);
    say(
      `embedded ${round}/${rounds}: killed after ${afterMs} ms, ${open} open, ${cut} cut; started in ${startMs} ms; ${bed.ledger.answered} answered so far`,
    );
    expect(open).toBeGreaterThanOrEqual(openMin);
    expect(cut).toBeGreaterThan(0);
  }
  const { resent, kept, sent } = await settleAccounts(bed);
  expect(bed.ledger.wrong).toEqual([]);
  expect(kept).toEqual(sent);
  const log = compareWithLog(bed.ledger, await exportedLog(keyward));
  say(
    `embedded: ${log.answered} answered, ${log.rows} rows (${log.unanswered} of cut requests), ${bed.ledger.documents.length} documents, ${bed.ledger.events.size} events (${resent} resent)`,
  );
  expect(log).toMatchObject(exactlyOnce);
  await expectSoundTree(keyward);
  bed.load.close();
});
