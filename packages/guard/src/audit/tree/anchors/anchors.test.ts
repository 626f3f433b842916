import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { appendFileSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../testing/index.ts';
import { temporaryFolder } from '../../testing/temporary-folder.ts';
import { emptyRoot, toBytes } from '../merkle.ts';
import { checkpointText, noPrevious } from '../notes/checkpoint.ts';
import { noteSigner } from '../notes/note-key.ts';
import { signNote } from '../notes/signed-note.ts';
import { AnchorLoop } from './anchor-loop.ts';
import { type AnchorPlace, type AnchorTarget, anchorPlace, parseAnchor } from './anchor-place.ts';
import { keepNewer } from './keep-newer.ts';
import { readCheckpoints } from './read-checkpoints.ts';
import { lockedBucket } from './testing/locked-bucket.ts';

let database: TestDatabase;
let client: pg.Client;
beforeAll(async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await client.end();
  await database[Symbol.asyncDispose]();
});
beforeEach(() =>
  client.query(
    `SET session_replication_role = replica; DELETE FROM audit_checkpoints; DELETE FROM audit_anchors; SET session_replication_role = origin`,
  ),
);

const signer = noteSigner(
  'keyward.test',
  generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' }),
);
const july = Date.UTC(2026, 6, 31, 23, 59, 50);

/** Checkpoints `from` to `to`, ten seconds apart; the second crosses into August. */
async function sign(from: number, to: number, size = 0): Promise<string[]> {
  const notes: string[] = [];
  for (let number = from; number <= to; number += 1) {
    const signedAt = july + number * 10_000;
    const previous = number === 0 ? noPrevious : toBytes(emptyRoot).toString('base64');
    const note = signNote(
      checkpointText({ origin: 'keyward.test', size, root: emptyRoot, number, signedAt, previous }),
      signer,
    );
    await client.query('INSERT INTO audit_checkpoints VALUES ($1, $2, $3, $4, $5)', [
      number,
      size,
      toBytes(emptyRoot),
      note,
      new Date(signedAt),
    ]);
    notes.push(note);
  }
  return notes;
}

async function copied(path: string): Promise<string[]> {
  const notes: string[] = [];
  for await (const { note } of readCheckpoints(path)) notes.push(note);
  return notes;
}

async function withPlace(target: AnchorTarget, work: (place: AnchorPlace) => Promise<void>): Promise<void> {
  const place = await anchorPlace(target);
  try {
    await work(place);
  } finally {
    await place.close();
  }
}

test('A4: a folder gets each checkpoint once, in a file for each month and node, and gives them back', async () => {
  using folder = temporaryFolder();
  const first = await sign(0, 2);
  await withPlace({ kind: 'folder', path: join(folder.path, 'deep'), node: 'n1' }, async (place) => {
    expect(await keepNewer(client, place)).toBe(true);
    expect(await keepNewer(client, place)).toBe(true);
    const more = await sign(3, 4);
    await keepNewer(client, place);
    expect(await copied(folder.path)).toEqual([...first, ...more]);
  });
  expect(readdirSync(join(folder.path, 'deep')).sort()).toEqual(['2026-07.n1.txt', '2026-08.n1.txt']);
});

test('A4: what a crash cut off in a folder is passed over, and the checkpoint is written again', async () => {
  using folder = temporaryFolder();
  const notes = await sign(0, 0);
  const file = join(folder.path, '2026-07.n1.txt');
  for (const torn of [40, 120, 160]) appendFileSync(file, `${notes[0]?.slice(0, torn)}`);
  await withPlace({ kind: 'folder', path: folder.path, node: 'n1' }, async (place) => {
    await keepNewer(client, place);
    expect(await copied(folder.path)).toContain(notes[0]);
  });
});

test('A4: where checkpoints that were kept outside are gone from the database, all that it has are brought again', async () => {
  using folder = temporaryFolder();
  const notes = await sign(0, 4);
  await withPlace({ kind: 'folder', path: folder.path, node: 'n1' }, async (place) => {
    await keepNewer(client, place);
    await client.query(
      `SET session_replication_role = replica; DELETE FROM audit_checkpoints WHERE number > 1; SET session_replication_role = origin`,
    );
    await keepNewer(client, place);
    const other = await sign(2, 2, 7);
    await keepNewer(client, place);
    expect(new Set(await copied(folder.path))).toEqual(new Set([...notes, ...other]));
  });
});

test('A4: S3 gets an object for each checkpoint under object lock, and nothing that is there is replaced', async () => {
  await using bucket = await lockedBucket('worm');
  const text = `s3://worm/keyward?endpoint=${bucket.endpoint}&retention_days=10`;
  const notes = await sign(0, 2);
  await withPlace(parseAnchor(text, 'n1') as AnchorTarget, async (place) => {
    await keepNewer(client, place);
    const keys = [0, 1, 2].map((number) => `keyward/keyward.test/00000000000${number}.txt`);
    expect([...bucket.objects.keys()]).toEqual(keys);
    expect([...bucket.objects.values()].map(({ body }) => body)).toEqual(notes);
    expect(bucket.objects.get(keys[1] as string)?.retainUntil).toEqual(
      new Date(july + 10_000 + 10 * 86_400_000),
    );
    // The same again, as after a commit that was not acknowledged; and another in its place, as after a restore.
    await client.query('DELETE FROM audit_anchors');
    await keepNewer(client, place);
    expect(bucket.objects.size).toBe(3);
    await client.query(`SET session_replication_role = replica; DELETE FROM audit_checkpoints WHERE number = 2;
      DELETE FROM audit_anchors; SET session_replication_role = origin`);
    const [other] = await sign(2, 2, 9);
    await keepNewer(client, place);
    expect(bucket.objects.size).toBe(4);
    expect([...bucket.objects.values()].map(({ body }) => body)).toEqual([...notes, other]);
  });
});

test('A4: a place that is away holds nothing up and catches up by itself', async () => {
  await using bucket = await lockedBucket('worm');
  bucket.isAway = true;
  await sign(0, 1);
  const failed = Promise.withResolvers<Error>();
  const loop = new AnchorLoop({
    databaseUrl: database.url,
    target: parseAnchor(`s3://worm?endpoint=${bucket.endpoint}`, 'n1') as AnchorTarget,
    pollIntervalMs: 5,
    retryDelayMsMax: 20,
    onError: failed.resolve,
  });
  await failed.promise;
  expect((await client.query('SELECT number FROM audit_anchors WHERE number >= 0')).rows).toEqual([]);
  bucket.isAway = false;
  await sign(2, 2);
  await expect.poll(() => bucket.objects.size).toBe(3);
  await sign(3, 3);
  await loop.stop();
  expect(bucket.objects.size).toBe(4);
});

test('A4: a webhook gets each checkpoint; what it does not answer with 2xx comes again', async () => {
  const got: string[] = [];
  let status = 500;
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    if (status === 200) got.push(body);
    response.writeHead(status).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const notes = await sign(0, 1);
  await withPlace({ kind: 'webhook', url }, async (place) => {
    await expect(keepNewer(client, place)).rejects.toThrow('500');
    status = 200;
    await keepNewer(client, place);
    expect(got).toEqual(notes);
  });
  server.close();
});

test('A4: a wrong place is refused in words', () => {
  expect(parseAnchor('/mnt/worm', 'n1')).toEqual({ kind: 'folder', path: '/mnt/worm', node: 'n1' });
  expect(parseAnchor('https://keep.example.com/x', 'n1')).toMatchObject({ kind: 'webhook' });
  for (const wrong of [
    'http://keep.example.com',
    'https://user:secret@keep.example.com',
    'ftp://x',
    's3://',
    's3://b?retention_days=0',
    's3://b?secret=x',
  ]) {
    expect(parseAnchor(wrong, 'n1')).toEqual(expect.stringMatching(/^(must|takes)/));
  }
});
