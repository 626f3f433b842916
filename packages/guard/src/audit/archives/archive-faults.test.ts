import {
  appendFileSync,
  copyFileSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import type { ArchiveDeps } from './archive-deps.ts';
import { archiveMonths } from './archive-months.ts';
import { archivesOf } from './archive-records.ts';
import { manifestName } from './manifest.ts';
import { readArchive } from './read-archive.ts';
import { archiveDeps, logEntries, newKeyringText } from './testing/archive-bed.ts';

let database: TestDatabase;
const folder = temporaryFolder();
const kept = temporaryFolder();
const keyringText = newKeyringText();
let deps: ArchiveDeps;
let file: string;
let other: string;
const archives = join(folder.path, 'archives');

beforeAll(async () => {
  database = await createTestDatabase();
  deps = archiveDeps(database, folder.path, keyringText);
  for (const month of ['2001-03', '2001-04'])
    await logEntries(database, [{ createdAt: Date.parse(`${month}-05`) }]);
  await archiveMonths(deps);
  file = (await archivesOf(database.orm, '2001-03'))[0]?.file ?? '';
  other = (await archivesOf(database.orm, '2001-04'))[0]?.file ?? '';
});
afterAll(async () => {
  folder[Symbol.dispose]();
  kept[Symbol.dispose]();
  await database[Symbol.asyncDispose]();
});
function copyAll(from: string, to: string): void {
  for (const name of readdirSync(from)) copyFileSync(join(from, name), join(to, name));
}
beforeEach(() => copyAll(archives, kept.path));
afterEach(() => copyAll(kept.path, archives));

const read = async () => {
  const entries = [];
  for await (const entry of readArchive(deps, '2001-03')) entries.push(entry);
  return entries;
};
const pathOf = (name: string) => join(archives, name);

function flip(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}

test('A5: an archive that nobody touched is read', async () => expect(await read()).toHaveLength(1));

const harms: readonly (readonly [string, string, () => void])[] = [
  ['bytes behind it', 'appended', () => appendFileSync(pathOf(file), 'x')],
  [
    'another gzip member behind it',
    'appended',
    () => appendFileSync(pathOf(file), readFileSync(pathOf(other))),
  ],
  ['its end cut off', 'truncated', () => truncateSync(pathOf(file), 100)],
  ['no bytes at all', 'truncated', () => truncateSync(pathOf(file), 0)],
  ['another file of the same length in its place', 'altered', () => flip(pathOf(file), 60)],
  ['its file gone', 'missing', () => rmSync(pathOf(file))],
  ['its manifest gone', 'manifest_missing', () => rmSync(pathOf(manifestName(file)))],
  [
    'the manifest of another archive',
    'manifest_swapped',
    () => copyFileSync(pathOf(manifestName(other)), pathOf(manifestName(file))),
  ],
  [
    'another archive with its manifest in its place',
    'manifest_swapped',
    () => {
      copyFileSync(pathOf(other), pathOf(file));
      copyFileSync(pathOf(manifestName(other)), pathOf(manifestName(file)));
    },
  ],
  [
    'a manifest with something behind it',
    'manifest_altered',
    () => appendFileSync(pathOf(manifestName(file)), ' '),
  ],
];

test.each(harms)('A5: an archive with %s is found and named: %s', async (_what, kind, harm) => {
  harm();
  await expect(read()).rejects.toMatchObject({ name: 'ArchiveFault', kind, file });
});

test('A5: no byte of an archive or its manifest can be flipped unnoticed', async () => {
  for (const name of [file, manifestName(file)]) {
    const { length } = readFileSync(pathOf(name));
    for (let at = 0; at < length; at += 7) {
      flip(pathOf(name), at);
      await expect(read()).rejects.toMatchObject({ name: 'ArchiveFault' });
      flip(pathOf(name), at);
    }
  }
});

test('A5: a manifest that somebody else signed is not believed', async () => {
  const stranger = archiveDeps(database, folder.path, newKeyringText());
  await expect(readArchive(stranger, '2001-03').next()).rejects.toMatchObject({
    kind: 'unknown_signing_key',
  });
});
