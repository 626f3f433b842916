import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { still } from '../testing/image-fixtures.ts';
import { ExaminePool, type ExaminePoolOptions } from './examine-pool.ts';
import type { RefusedFile } from './job.ts';

/** Does as the name of the file tells it. */
const program = `
  import { writeFileSync } from 'node:fs';
  process.on('disconnect', () => process.exit(0));
  process.on('message', ({ file }) => {
    if (file === 'hang') for (writeFileSync(new URL('hangs', import.meta.url), ''); ; );
    if (file === 'crash') process.abort();
    if (file === 'memory') process.exit(77);
    if (file === 'environment') process.send({ kind: 'malformed', reason: JSON.stringify(process.env) });
    else if (file === 'slow') setTimeout(() => process.send({ kind: 'examined', file, pid: process.pid }), 300);
    else process.send({ kind: 'examined', file, pid: process.pid });
  });
  process.send('ready');
`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'image-pool-'));
  await writeFile(join(folder, 'program.mjs'), program);
});
afterAll(() => rm(folder, { recursive: true }));

const pools: ExaminePool[] = [];
afterEach(() => {
  for (const pool of pools.splice(0)) pool.stop();
});

function open(options: ExaminePoolOptions = {}): ExaminePool {
  const pool = new ExaminePool({
    program: pathToFileURL(join(folder, 'program.mjs')),
    // The processes yield to everybody else: on a busy machine they take long to start.
    ...{ workersMax: 1, jobMsMax: 200_000, waitMsMax: 200_000 },
    ...options,
  });
  pools.push(pool);
  return pool;
}

const job = (file: string) => ({
  ...({
    kind: 'examine',
    file,
    cleanFile: `${file}.clean`,
    type: 'image/png',
    preserveMetadata: false,
  } as const),
});

test('U1: a process that never answers is killed, its image refused, and the next image is examined', async () => {
  const casualties: RefusedFile[] = [];
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const pool = open({ jobMsMax: 4_000, onCasualty: (outcome) => casualties.push(outcome) });
    const [hung, next] = [pool.run(job('hang')), pool.run(job('a'))];
    const hangs = () => access(join(folder, 'hangs')).then(() => true, String);
    await expect.poll(hangs).toBe(true);
    let isOver = false;
    void hung.then(() => {
      isOver = true;
    });
    // Its time runs from when it is known to have started.
    const passes = () => vi.advanceTimersByTimeAsync(4_000).then(() => isOver);
    await expect.poll(passes).toBe(true);
    expect(await hung).toEqual({ kind: 'oversized', reason: 'Examining the file takes too long.' });
    expect(await next).toMatchObject({ kind: 'examined', file: 'a' });
  } finally {
    vi.useRealTimers();
  }
  expect(casualties).toHaveLength(1);
});

test.each([
  ['crash', { kind: 'malformed', reason: 'The file could not be decoded.' }],
  ['memory', { kind: 'oversized', reason: 'Examining the file takes too much memory.' }],
])('U1: after a %s the image is refused and the pool goes on', async (file, outcome) => {
  const pool = open();
  expect(await pool.run(job(file))).toEqual(outcome);
  expect(await pool.run(job('a'))).toMatchObject({ kind: 'examined' });
});

test('a program that cannot start refuses instead of hanging', async () => {
  const pool = open({ program: pathToFileURL(join(folder, 'missing.mjs')) });
  expect(await pool.run(job('a'))).toMatchObject({ kind: 'malformed' });
});

test('D3: the process inherits nothing from our environment', async () => {
  const { reason } = (await open().run(job('environment'))) as RefusedFile;
  expect(Object.keys(JSON.parse(reason))).not.toContain('PATH');
  expect(JSON.parse(reason)).toMatchObject({ MALLOC_ARENA_MAX: '2' });
});

test('O6: more images than may wait are turned away at once', async () => {
  const pool = open({ waitingMax: 1 });
  const outcomes = [pool.run(job('slow')), pool.run(job('a')), pool.run(job('b'))];
  expect((await Promise.all(outcomes)).map(({ kind }) => kind)).toEqual(['examined', 'examined', 'busy']);
});

test('O6: an image that waits too long is turned away', async () => {
  const pool = open({ waitMsMax: 20 });
  const outcomes = [pool.run(job('slow')), pool.run(job('a'))];
  expect((await Promise.all(outcomes)).map(({ kind }) => kind)).toEqual(['examined', 'busy']);
});

test('a process is used again, and replaced after its share of images', async () => {
  const pool = open({ jobsPerWorkerMax: 2 });
  const pids: unknown[] = [];
  for (const name of ['a', 'b', 'c']) pids.push(((await pool.run(job(name))) as { pid?: number }).pid);
  expect(pids[1]).toBe(pids[0]);
  expect(pids[2]).not.toBe(pids[0]);
});

test('no process lives before the first image or after stop', async () => {
  const pool = open();
  expect(pool.size).toBe(0);
  await pool.run(job('a'));
  expect(pool.size).toBe(1);
  pool.stop();
  expect(pool.size).toBe(0);
  expect(await pool.run(job('a'))).toEqual({ kind: 'busy' });
});

test('the real process examines an image', async () => {
  const file = join(folder, 'image');
  await writeFile(file, await still().png().toBuffer());
  const pool = new ExaminePool({ workersMax: 1, jobMsMax: 200_000 });
  pools.push(pool);
  expect(await pool.run(job(file))).toMatchObject({ kind: 'examined', width: 48, height: 32, frames: 1 });
});
