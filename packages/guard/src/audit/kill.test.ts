import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { siblingModule } from '../sibling-module.ts';
import { createTestDatabase } from '../testing/index.ts';
import { openJournal } from './journal/journal.ts';
import { shipOnce } from './shipping/ship-once.ts';
import { loggedIds } from './testing/logged-rows.ts';
import { temporaryFolder } from './testing/temporary-folder.ts';

const script = siblingModule(import.meta.url, './testing/append-until-killed').pathname;

/** Lets a node append until it is killed at a random moment; the ids it has acknowledged. */
async function appendAndKill(folder: string, databaseUrl: string): Promise<string[]> {
  const child = spawn(process.execPath, [script, folder, databaseUrl], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('latin1').on('data', (text: string) => {
    output += text;
  });
  await once(child.stdout, 'data');
  await sleep(Math.random() * 150);
  child.kill('SIGKILL');
  await once(child, 'close');
  return output.slice(0, output.lastIndexOf('\n')).split('\n');
}

for (const [name, ships] of [
  ['appending', false],
  ['appending and shipping', true],
] as const) {
  test(`A2: kill -9 of a node while ${name}: every acknowledged entry is in the log once`, {
    timeout: 60_000,
  }, async () => {
    using folder = temporaryFolder();
    await using database = await createTestDatabase();
    const acknowledged: string[] = [];
    for (let round = 0; round < 10; round++) {
      acknowledged.push(...(await appendAndKill(folder.path, ships ? database.url : '')));
    }
    const journal = await openJournal({ folder: folder.path });
    const result = await shipOnce({ databaseUrl: database.url, folder: folder.path });
    await journal.close();
    expect(result.findings.filter((finding) => finding.kind !== 'torn')).toEqual([]);
    const ids = await loggedIds(database.orm);
    expect(new Set(ids).size).toBe(ids.length);
    const missing = new Set(acknowledged).difference(new Set(ids));
    expect(acknowledged.length).toBeGreaterThan(100);
    expect([...missing]).toEqual([]);
  });
}
