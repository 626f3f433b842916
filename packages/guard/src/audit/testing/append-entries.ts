import { existsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../../clock.ts';
import { openJournal } from '../journal/open-journal.ts';
import { sampleEntry } from './sample-entry.ts';

// A node reduced to its journal: appends some entries and writes the id of each to its output once it is acknowledged.
// Segments are numbered from 1000, so that whoever traces this process knows their names before they are made.
const [folder = '', turns = '24'] = process.argv.slice(2);
const clock = { now: () => 1_000, monotonic: systemClock.monotonic };
const journal = await openJournal({
  folder,
  clock,
  segmentBytesMax: 2_500,
  reserveBytes: 256 * 1024,
  checkIntervalMs: 30,
});
for (let wait = 0; wait < 50 && !existsSync(join(folder, 'reserve')); wait++) await delay(5);

for (let turn = 0; turn < Number(turns); turn++) {
  const entries = [1, 2].map(() => sampleEntry({ createdAt: systemClock.now() }));
  await Promise.all(
    entries.map(async (entry, index) => {
      const isSynced = turn % 4 === 0 && index === 0;
      try {
        await (isSynced ? journal.appendSynced(entry) : journal.append(entry));
      } catch {
        return;
      }
      // `write`, where the journal uses `pwrite`.
      writeSync(1, `${entry.id}\n`);
    }),
  );
  await delay(2);
}
await journal.close();
