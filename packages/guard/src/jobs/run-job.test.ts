import { PgBoss } from 'pg-boss';
import { pino } from 'pino';
import { expect, test, vi } from 'vitest';
import { type FakeClock, fakeClock } from '../testing/fake-clock.ts';
import type { Job } from './job.ts';
import { runJob } from './run-job.ts';

/** A queue that answers as told and remembers what it was told. */
function queue(affected: () => Promise<number>) {
  const boss = new PgBoss('postgres://nobody@127.0.0.1:1/none');
  const told: string[] = [];
  vi.spyOn(boss, 'touch').mockImplementation(async () => ({ affected: await affected() }));
  vi.spyOn(boss, 'complete').mockImplementation(async () => ({ jobs: told.push('complete') }));
  vi.spyOn(boss, 'fail').mockImplementation(async (_name, _id, data) => ({
    jobs: told.push(`fail ${JSON.stringify(data)}`),
  }));
  return { boss, told };
}

const run = (boss: PgBoss, job: Job['run'], clock: FakeClock) =>
  runJob(
    boss,
    { name: 'job', run: job },
    {
      id: 'id',
      input: undefined,
      claimedAtMs: clock.monotonic(),
      clock,
      log: pino({ level: 'silent' }),
      signal: new AbortController().signal,
    },
  );

test('O4: a node that stood still for longer than its claim says nothing: another may have begun', async () => {
  const clock = fakeClock();
  const { boss, told } = queue(async () => 1);
  await run(boss, async () => clock.advance(10_001), clock);
  const failing = async () => {
    clock.advance(10_001);
    throw new Error('too late');
  };
  await run(boss, failing, clock);
  expect(told).toEqual([]);
});

test.each([
  ['was taken away', async () => 0],
  ['cannot be renewed', () => Promise.reject(new Error('no database'))],
])('O4: a run whose claim %s is aborted', async (_, affected) => {
  vi.useFakeTimers();
  try {
    const clock = fakeClock();
    const { boss, told } = queue(affected);
    const job: Job['run'] = (_input, { signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const running = run(boss, job, clock);
    for (let renewals = 0; renewals < 4; renewals++) {
      clock.advance(3_000);
      await vi.advanceTimersByTimeAsync(3_000);
    }
    await running;
    expect(told).toEqual([]);
  } finally {
    vi.useRealTimers();
  }
});

test('D5: what is kept of an error is its text, masked', async () => {
  const { boss, told } = queue(async () => 1);
  const error = Object.assign(new Error('smtp://me:hidden@host refused alice@example.com'), {
    secret: 'attached',
  });
  await run(boss, () => Promise.reject(error), fakeClock());
  expect(told).toEqual(['fail {"message":"smtp://me:****@host refused al***@example.com"}']);
});
