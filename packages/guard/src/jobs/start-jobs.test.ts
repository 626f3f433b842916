import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { systemClock } from '../clock.ts';
import { siblingModule } from '../sibling-module.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import type { Job } from './job.ts';
import { type Jobs, startJobs } from './start-jobs.ts';

let database: TestDatabase;
const running: Jobs[] = [];

async function node(...jobs: Job[]): Promise<Jobs> {
  const log = pino({ level: 'silent' });
  const started = await startJobs({ database, jobs, clock: systemClock, log, pollMs: 200, stopMs: 500 });
  running.push(started);
  return started;
}

beforeAll(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((jobs) => jobs.stop()));
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
});

const within = { timeout: 60_000, interval: 50 };

describe('startJobs', () => {
  test('O4: two nodes that start at once on a new database share the work, each run on one of them', async () => {
    const inputs: unknown[] = [];
    const job: Job = { name: 'shared', run: async (input) => void inputs.push(input) };
    const [first, second] = await Promise.all([node(job), node(job)]);
    for (let n = 0; n < 6; n++) await (n % 2 ? first : second).enqueue('shared', n);
    await vi.waitFor(() => expect(inputs).toHaveLength(6), within);
    await delay(1_000);
    expect(inputs.toSorted()).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test('O4: a scheduled job runs once per due time on two nodes, and never beside itself', async () => {
    let working = 0;
    let together = 0;
    const seconds: number[] = [];
    const job: Job = {
      name: 'scheduled',
      schedule: '@every 1s',
      async run() {
        seconds.push(Math.floor(Date.now() / 1000));
        together = Math.max(together, ++working);
        await delay(200);
        working--;
      },
    };
    await Promise.all([node(job), node(job)]);
    await vi.waitFor(() => expect(seconds.length).toBeGreaterThan(2), within);
    const { rows } = await database.pool.query(
      `SELECT count(*)::int AS n, count(DISTINCT id)::int AS ids FROM keyward_jobs.job WHERE name = 'scheduled'`,
    );
    expect(rows[0].n).toBe(rows[0].ids);
    expect(together).toBe(1);
  });

  test('O4: a due time that one node has served is not served again by a node that starts later', async () => {
    let runs = 0;
    // Half a day away from its due times before and after.
    const hour = (new Date(systemClock.now()).getUTCHours() + 12) % 24;
    const job: Job = { name: 'daily', schedule: `0 ${hour} * * *`, run: async () => void runs++ };
    await node(job);
    await vi.waitFor(() => expect(runs).toBe(1), within);
    const later = await node(job);
    await vi.waitFor(async () => expect((await later.status())[0]?.isRunning).toBe(false), within);
    await delay(1_000);
    expect(runs).toBe(1);
  });

  test('O4: a run whose node was killed is run again by another', async () => {
    const inputs: unknown[] = [];
    const child = spawn(process.execPath, [
      fileURLToPath(siblingModule(import.meta.url, './dying-node')),
      database.url,
    ]);
    const job: Job = { name: 'handed-over', run: async (input) => void inputs.push(input) };
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    const claimedFor = (ago: string) =>
      database.pool.query(
        `UPDATE keyward_jobs.job SET heartbeat_on = now() - $1::interval WHERE name = 'handed-over'`,
        [ago],
      );
    await claimedFor('0 s');
    await node(job);
    await claimedFor('0 s');
    await delay(1_000);
    expect(inputs).toEqual([]);
    // As if the time had passed after which a claim is taken for dead.
    await claimedFor('11 s');
    await vi.waitFor(() => expect(inputs).toEqual(['kept']), within);
  });

  test('O4: a failing run is tried again later and later, while others of its job and other jobs go on', async () => {
    let tries = 0;
    let mayWork = false;
    const others: unknown[] = [];
    const jobs = await node(
      {
        name: 'moody',
        async run(input) {
          if (input === 'good') others.push(input);
          else if (++tries < 3 || !mayWork) throw new Error('not yet');
        },
      },
      { name: 'steady', run: async (input) => void others.push(input) },
    );
    await jobs.enqueue('moody', 'bad');
    const tryAgainAt = (at: string) =>
      database.pool.query(
        `UPDATE keyward_jobs.job SET start_after = $1::timestamptz WHERE name = 'moody' AND state = 'retry'`,
        [at],
      );
    // However slow the others are, its next try does not come before them.
    await vi.waitFor(async () => expect((await tryAgainAt('tomorrow')).rowCount).toBe(1), within);
    const triesBefore = tries;
    await jobs.enqueue('moody', 'good');
    await jobs.enqueue('steady', 'also good');
    await vi.waitFor(() => expect(others).toHaveLength(2), within);
    expect(tries).toBe(triesBefore);
    mayWork = true;
    await tryAgainAt('now');
    await vi.waitFor(() => expect(tries).toBe(Math.max(triesBefore + 1, 3)), within);
    await vi.waitFor(async () => expect((await jobs.status())[0]?.waiting).toBe(0), within);
  });

  test('O4: a run that does not end when its node stops is aborted and run again elsewhere', async () => {
    const reasons: string[] = [];
    const first = await node({
      name: 'moved',
      run: (_input, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            reasons.push(signal.reason.message);
            reject(signal.reason);
          });
        }),
    });
    await first.enqueue('moved', 1);
    await vi.waitFor(async () => expect((await first.status())[0]?.isRunning).toBe(true), within);
    await first.stop();
    expect(reasons).toEqual(['the node stops']);
    const inputs: unknown[] = [];
    await node({ name: 'moved', run: async (input) => void inputs.push(input) });
    await vi.waitFor(() => expect(inputs).toEqual([1]), within);
  });

  test('O4: what failed, and why, is seen; a run is given up after its last try', async () => {
    const jobs = await node({
      name: 'broken',
      retryMax: 1,
      async run() {
        throw new Error('the disk is on fire');
      },
    });
    await jobs.enqueue('broken');
    await vi.waitFor(
      async () => expect((await jobs.status())[0]).toMatchObject({ failed: 1, waiting: 0 }),
      within,
    );
    const [status] = await jobs.status();
    expect(status).toMatchObject({ name: 'broken', lastError: 'the disk is on fire', lastSuccessAt: null });
    expect(status?.lastFailureAt).toBeInstanceOf(Date);
  });

  test('of the runs of one key one works and one waits', async () => {
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    let runs = 0;
    const jobs = await node({ name: 'keyed', run: () => gate.then(() => void runs++) });
    expect(await jobs.enqueue('keyed', 1, { key: 'a' })).toBe(true);
    await vi.waitFor(async () => expect((await jobs.status())[0]?.isRunning).toBe(true), within);
    expect(await jobs.enqueue('keyed', 2, { key: 'a' })).toBe(true);
    expect(await jobs.enqueue('keyed', 3, { key: 'a' })).toBe(false);
    release();
    await vi.waitFor(() => expect(runs).toBe(2), within);
  });

  test('a run is not begun before its time', async () => {
    const began = new Map<unknown, number>();
    const jobs = await node({ name: 'later', run: async (input) => void began.set(input, Date.now()) });
    const hours = new Date(Date.now() + 3_600_000);
    await jobs.enqueue('later', 'in an hour', { runAt: hours });
    expect((await jobs.status())[0]?.nextRunAt).toEqual(hours);
    const soon = new Date(Date.now() + 1_500);
    await jobs.enqueue('later', 'soon', { runAt: soon });
    await vi.waitFor(() => expect([...began.keys()]).toEqual(['soon']), within);
    expect(began.get('soon')).toBeGreaterThanOrEqual(soon.getTime());
  });

  test('a name that is given twice or unknown is refused', async () => {
    const job: Job = { name: 'twin', run: async () => {} };
    await expect(node(job, job)).rejects.toThrow('same name');
    const jobs = await node(job);
    await expect(jobs.enqueue('nobody')).rejects.toThrow('nobody');
  });
});
