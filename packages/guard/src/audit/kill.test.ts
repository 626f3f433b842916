import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { siblingModule } from '../sibling-module.ts';
import { createTestDatabase } from '../testing/index.ts';
import { openJournal } from './journal/open-journal.ts';
import { shipOnce } from './shipping/ship-once.ts';
import { loggedIds } from './testing/logged-rows.ts';
import { temporaryFolder } from './testing/temporary-folder.ts';

const script = fileURLToPath(siblingModule(import.meta.url, './testing/append-until-killed'));

const lineBytes = 37;

/**
 * Lets a node append until it is killed at a random moment, however fast or slow it is. The ids it has acknowledged are
 * in `output`.
 */
async function appendAndKill(folder: string, databaseUrl: string, output: string): Promise<void> {
  const file = openSync(output, 'a');
  const sizeBefore = statSync(output).size;
  const child = spawn(process.execPath, [script, folder, databaseUrl], {
    stdio: ['ignore', file, 'inherit'],
  });
  const closed = once(child, 'close');
  const enough = sizeBefore + lineBytes * randomInt(12, 600);
  while (child.exitCode === null && statSync(output).size < enough) await sleep(1);
  await sleep(randomInt(4));
  child.kill('SIGKILL');
  const [, signal] = await closed;
  closeSync(file);
  expect(signal).toBe('SIGKILL');
}

async function expectEachOnce(actual: readonly string[], acknowledged: readonly string[]): Promise<void> {
  const ids = new Set(actual);
  expect(ids.size).toBe(actual.length);
  expect(acknowledged.length).toBeGreaterThan(100);
  expect(acknowledged.filter((id) => !ids.has(id))).toEqual([]);
}

for (const ships of [false, true]) {
  const name = ships ? 'appending and shipping' : 'appending';
  test(`A2: kill -9 while ${name}: every acknowledged entry is in the log once`, async () => {
    using folder = temporaryFolder();
    using outputFolder = temporaryFolder();
    await using database = await createTestDatabase();
    const output = join(outputFolder.path, 'acknowledged');
    for (let round = 0; round < 10; round++) {
      await appendAndKill(folder.path, ships ? database.url : '', output);
    }
    const journal = await openJournal({ folder: folder.path });
    const result = await shipOnce({ databaseUrl: database.url, folder: folder.path });
    await journal.close();
    expect(result.findings.filter((finding) => finding.kind !== 'torn')).toEqual([]);
    await expectEachOnce(await loggedIds(database.orm), readFileSync(output, 'latin1').trim().split('\n'));
  });
}
