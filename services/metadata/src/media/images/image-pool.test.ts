import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { still } from '../testing/image-fixtures.ts';
import type { RefusedImage } from './examine-image.ts';
import { ImagePool, type ImagePoolOptions } from './image-pool.ts';

/** Does as the name of the file tells it. */
const program = `
  process.on('disconnect', () => process.exit(0));
  process.on('message', ({ file }) => {
    if (file === 'hang') for (;;);
    if (file === 'crash') process.abort();
    if (file === 'memory') process.exit(77);
    if (file === 'environment') process.send({ kind: 'malformed', reason: JSON.stringify(process.env) });
    else if (file === 'slow') setTimeout(() => process.send({ kind: 'image', file, pid: process.pid }), 300);
    else process.send({ kind: 'image', file, pid: process.pid });
  });
`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'image-pool-'));
  await writeFile(join(folder, 'program.mjs'), program);
});
afterAll(() => rm(folder, { recursive: true }));

const pools: ImagePool[] = [];
afterEach(() => {
  for (const pool of pools.splice(0)) pool.stop();
});

function open(options: ImagePoolOptions = {}): ImagePool {
  const pool = new ImagePool({
    program: pathToFileURL(join(folder, 'program.mjs')),
    workersMax: 1,
    ...options,
  });
  pools.push(pool);
  return pool;
}

const job = (file: string) => ({
  ...({ file, cleanFile: `${file}.clean`, type: 'image/png', preserveMetadata: false } as const),
});

test('U1: a process that never answers is killed, its image refused, and the next image is examined', async () => {
  const casualties: RefusedImage[] = [];
  const pool = open({ jobMsMax: 1_000, onCasualty: (outcome) => casualties.push(outcome) });
  const [hung, next] = await Promise.all([pool.examine(job('hang')), pool.examine(job('a'))]);
  expect(hung).toEqual({ kind: 'oversized', reason: 'Decoding the image takes too long.' });
  expect(next).toMatchObject({ kind: 'image', file: 'a' });
  expect(casualties).toHaveLength(1);
});

test.each([
  ['crash', { kind: 'malformed', reason: 'The image could not be decoded.' }],
  ['memory', { kind: 'oversized', reason: 'Decoding the image takes too much memory.' }],
])('U1: after a %s the image is refused and the pool goes on', async (file, outcome) => {
  const pool = open();
  expect(await pool.examine(job(file))).toEqual(outcome);
  expect(await pool.examine(job('a'))).toMatchObject({ kind: 'image' });
});

test('a program that cannot start refuses instead of hanging', async () => {
  const pool = open({ program: pathToFileURL(join(folder, 'missing.mjs')) });
  expect(await pool.examine(job('a'))).toMatchObject({ kind: 'malformed' });
});

test('D3: the process inherits nothing from our environment', async () => {
  const { reason } = (await open().examine(job('environment'))) as RefusedImage;
  expect(Object.keys(JSON.parse(reason))).not.toContain('PATH');
  expect(JSON.parse(reason)).toMatchObject({ MALLOC_ARENA_MAX: '2' });
});

test('O6: more images than may wait are turned away at once', async () => {
  const pool = open({ waitingMax: 1 });
  const outcomes = [pool.examine(job('slow')), pool.examine(job('a')), pool.examine(job('b'))];
  expect((await Promise.all(outcomes)).map(({ kind }) => kind)).toEqual(['image', 'image', 'busy']);
});

test('O6: an image that waits too long is turned away', async () => {
  const pool = open({ waitMsMax: 20 });
  const outcomes = [pool.examine(job('slow')), pool.examine(job('a'))];
  expect((await Promise.all(outcomes)).map(({ kind }) => kind)).toEqual(['image', 'busy']);
});

test('a process is used again, and replaced after its share of images', async () => {
  const pool = open({ jobsPerWorkerMax: 2 });
  const pids: unknown[] = [];
  for (const name of ['a', 'b', 'c']) pids.push(((await pool.examine(job(name))) as { pid?: number }).pid);
  expect(pids[1]).toBe(pids[0]);
  expect(pids[2]).not.toBe(pids[0]);
});

test('no process lives before the first image or after stop', async () => {
  const pool = open();
  expect(pool.size).toBe(0);
  await pool.examine(job('a'));
  expect(pool.size).toBe(1);
  pool.stop();
  expect(pool.size).toBe(0);
  expect(await pool.examine(job('a'))).toEqual({ kind: 'busy' });
});

test('the real process examines an image', async () => {
  const file = join(folder, 'image');
  await writeFile(file, await still().png().toBuffer());
  const pool = new ImagePool({ workersMax: 1 });
  pools.push(pool);
  expect(await pool.examine(job(file))).toMatchObject({ kind: 'image', width: 48, height: 32, frames: 1 });
});
