import { afterEach, expect, test } from 'vitest';
import { WorkerPool, type WorkerPoolOptions } from './worker-pool.ts';

/** A worker that does what it is told; `once` crashes the thread it runs in. */
const obedient = `
  import { parentPort, threadId } from 'node:worker_threads';
  parentPort.on('message', (job) => {
    if (job === 'slow to start') for (;;);
    parentPort.postMessage({ kind: 'started' });
    if (job === 'loop') for (;;);
    if (job === 'throw') throw new Error('as told');
    if (job === 'exit') process.exit(3);
    if (job === 'env') return parentPort.postMessage({ kind: 'done', value: Object.keys(process.env).length });
    parentPort.postMessage({ kind: 'done', value: job === 'thread' ? threadId : job });
  });`;
const workerUrl = new URL(`data:text/javascript,${encodeURIComponent(obedient)}`);

const pools: WorkerPool<string, unknown>[] = [];
afterEach(() => Promise.all(pools.splice(0).map((pool) => pool.close())));

function createPool(options: Partial<WorkerPoolOptions> = {}): WorkerPool<string, unknown> {
  const pool = new WorkerPool<string, unknown>({
    workerUrl,
    workers: 1,
    queueMax: 64,
    timeoutMs: 100_000,
    startTimeoutMs: 100_000,
    ...options,
  });
  pools.push(pool);
  return pool;
}

test('T1: jobs are answered in turn by one thread that stays', async () => {
  const pool = createPool();
  const answers = await Promise.all(['thread', 'a', 'b', 'thread'].map((job) => pool.run(job)));
  expect(answers.slice(1, 3)).toEqual([
    { ok: true, value: 'a' },
    { ok: true, value: 'b' },
  ]);
  expect(answers[3]).toEqual(answers[0]);
});

test('T1: a job beyond the queue is answered busy at once', async () => {
  const pool = createPool({ queueMax: 1 });
  const [first, second, third] = [pool.run('a'), pool.run('b'), pool.run('c')];
  expect(await third).toEqual({ ok: false, reason: 'busy' });
  expect(await Promise.all([first, second])).toEqual([
    { ok: true, value: 'a' },
    { ok: true, value: 'b' },
  ]);
});

test('T1: a job over its time is ended, and the next one finds a new thread', async () => {
  const pool = createPool({ timeoutMs: 300 });
  const before = await warm(pool);
  expect(await pool.run('loop')).toEqual({ ok: false, reason: 'timeout' });
  const after = await warm(pool);
  expect(after.value).not.toBe(before.value);
});

test('T1: a job that waits behind one that hangs is answered within the time limit', async () => {
  const pool = createPool({ timeoutMs: 200, startTimeoutMs: 60_000 });
  const answers = await Promise.all([pool.run('slow to start'), pool.run('a')]);
  expect(answers).toEqual([
    { ok: false, reason: 'timeout' },
    { ok: false, reason: 'timeout' },
  ]);
});

test.each(['throw', 'exit'])('T1: a thread lost to %s fails its job only', async (job) => {
  const pool = createPool();
  const answers = await Promise.all([pool.run(job), pool.run('a'), pool.run(job), pool.run('b')]);
  expect(answers).toEqual([
    { ok: false, reason: 'failed' },
    { ok: true, value: 'a' },
    { ok: false, reason: 'failed' },
    { ok: true, value: 'b' },
  ]);
});

test('T1: a worker module that is not there fails the job', async () => {
  const pool = createPool({ workerUrl: new URL('./no-such-worker.ts', import.meta.url) });
  expect(await pool.run('a')).toEqual({ ok: false, reason: 'failed' });
});

test('T1: closing answers what runs, what waits and what comes later', async () => {
  const pool = createPool();
  const open = [pool.run('loop'), pool.run('a')];
  await pool.close();
  expect(await Promise.all([...open, pool.run('b')])).toEqual(Array(3).fill({ ok: false, reason: 'failed' }));
});

test('T1: a thread that reads text sees nothing of the environment', async () => {
  expect(await createPool().run('env')).toEqual({ ok: true, value: 0 });
});

/** A thread's start may outlast a short time limit; asks until it is up. */
async function warm(pool: WorkerPool<string, unknown>): Promise<{ ok: true; value: unknown }> {
  while (true) {
    const answer = await pool.run('thread');
    if (answer.ok) return answer;
  }
}
