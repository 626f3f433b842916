import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../testing/test-database.ts';
import { temporaryFolder } from '../../testing/temporary-folder.ts';
import { archiveMonths } from '../archive-months.ts';
import { archivesOf } from '../archive-records.ts';
import { readArchive } from '../read-archive.ts';
import { archiveDeps, logEntries, newKeyringText } from '../testing/archive-bed.ts';
import { type LoopbackS3, loopbackCredentials, loopbackS3 } from '../testing/loopback-s3.ts';
import type { ArchivePlace } from './archive-place.ts';
import { s3Place } from './s3-place.ts';

let s3: LoopbackS3;
let database: TestDatabase;
let place: ArchivePlace;
const folder = temporaryFolder();

beforeAll(async () => {
  [s3, database] = await Promise.all([loopbackS3(), createTestDatabase()]);
  place = s3Place(`s3://bucket/pre/fix?region=eu-central-1&endpoint=${s3.endpoint}`, {
    credentials: loopbackCredentials,
  });
});
afterAll(async () => {
  folder[Symbol.dispose]();
  await Promise.all([s3[Symbol.asyncDispose](), database[Symbol.asyncDispose]()]);
});

async function read(name: string): Promise<Buffer | undefined> {
  const stream = await place.read(name);
  return stream && Buffer.concat(await stream.toArray());
}

test.each([10, 40 * 1024 * 1024])(
  'A5: %i bytes come back from a bucket as they were put there',
  async (length) => {
    const bytes = randomBytes(length);
    const path = join(folder.path, 'draft');
    writeFileSync(path, bytes);
    await place.putFile(`file-${length}`, path);
    expect(bytes.equals((await read(`file-${length}`)) ?? Buffer.of())).toBe(true);
  },
);

test('A5: what is not in the bucket is missing, and what the store refuses is an error', async () => {
  expect(await read('nothing')).toBeUndefined();
  const stranger = s3Place(`s3://bucket?region=x&endpoint=${s3.endpoint}`, {
    credentials: { accessKeyId: 'other', secretAccessKey: 'x' },
  });
  await expect(stranger.read('nothing')).rejects.toThrow('AccessDenied');
});

test('A5: a month is archived to a bucket, read from it, and a byte that is changed there is found', async () => {
  const deps = archiveDeps(database, folder.path, newKeyringText(), { place });
  await logEntries(database, [{ createdAt: Date.parse('2001-03-05') }]);
  expect(await archiveMonths(deps)).toMatchObject({ archived: [{ month: '2001-03', rows: 1 }] });
  expect(await readArchive(deps, '2001-03').next()).toMatchObject({ value: { row: { ip: '203.0.113.7' } } });
  const file = (await archivesOf(database.orm, '2001-03'))[0]?.file;
  const stored = s3.objects.get(`/bucket/pre/fix/${file}`) ?? Buffer.of();
  stored[30] = (stored[30] ?? 0) ^ 1;
  await expect(readArchive(deps, '2001-03').next()).rejects.toMatchObject({ kind: 'altered' });
  expect(s3.requests.filter((request) => request.startsWith('DELETE'))).toEqual([]);
});
