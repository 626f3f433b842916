import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../clock.ts';
import { uuidv7 } from '../../ids.ts';
import { openJournal } from '../journal/open-journal.ts';
import { startShipper } from '../shipping/shipper.ts';
import { sampleEntry } from './sample-entry.ts';

// A node reduced to its journal: appends for ever, and writes each id to its output once it is acknowledged.
// The output has to be a file: what is written there stays when the process is killed, and never has to wait.
const [folder = '', databaseUrl = ''] = process.argv.slice(2);
const journal = await openJournal({ folder, segmentBytesMax: 50_000 });
if (databaseUrl !== '') startShipper({ databaseUrl, folder, nodeId: journal.nodeId, pollIntervalMs: 1 });

for (;;) {
  const ids = Array.from({ length: 8 }, () => uuidv7(systemClock.now()));
  await Promise.all(ids.map((id) => journal.append(sampleEntry({ id }))));
  writeSync(1, `${ids.join('\n')}\n`);
  await sleep(1);
}
