import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspectJournal, openJournal, shipOnce } from '@keyward/guard';
import { createTestDatabase, type TestDatabase } from '@keyward/guard/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { entryOf } from './journal/entry-of.ts';
import { findStrace } from './journal/find-strace.ts';
import { type Fault, injectFault } from './journal/inject-fault.ts';
import { isFullForm, say, timeoutMs } from './rounds.ts';

// KEYWARD_CHAOS=full meets every call of each kind with every fault, some hundred runs instead of some twenty.

/** As strace names them; some have another name on other processors. */
const calls = [
  ...[
    'openat',
    'pwrite64',
    'fdatasync',
    'fsync',
    'ftruncate',
    'close',
    'read',
    'pread64',
    'write',
    'statfs',
    'getdents64',
  ],
  ...['/^rename', '/^unlink', '/^mkdir', '/^link'],
];
const faults = ['error=EIO', 'error=ENOSPC', 'signal=KILL'] as const;

const strace = await findStrace();
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

async function survives(fault: Fault): Promise<{ acknowledged: number; wasInjected: boolean }> {
  if (strace === undefined) throw new Error('no strace');
  const work = await mkdtemp(join(tmpdir(), 'keyward-fault-'));
  try {
    const folder = join(work, 'journal');
    const { acknowledged, wasInjected } = await injectFault(strace, folder, work, fault);
    // The next process finds its way, whatever the last one left.
    const journal = await openJournal({ folder, reserveBytes: 0 });
    const next = entryOf(Date.now());
    await journal.appendSynced(next);
    await journal.close();
    const { findings } = await inspectJournal(folder);
    expect(findings.filter(({ kind }) => kind !== 'torn')).toEqual([]);
    await shipOnce({ databaseUrl: database.url, folder });
    expect(await timesLogged([...acknowledged, next.id])).toEqual({
      wanted: acknowledged.length + 1,
      rows: acknowledged.length + 1,
      ids: acknowledged.length + 1,
    });
    return { acknowledged: acknowledged.length, wasInjected };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function timesLogged(ids: readonly string[]) {
  const { rows } = await database.pool.query<{ rows: number; ids: number }>(
    'SELECT count(*)::int AS rows, count(DISTINCT id)::int AS ids FROM audit_logs WHERE id = ANY($1)',
    [ids],
  );
  return { wanted: ids.length, ...rows[0] };
}

test.runIf(strace)(
  'A2: whatever call on the journal fails or is the last one, every acknowledged entry is in the log once',
  async () => {
    let points = 0;
    let acknowledged = 0;
    for (const fault of isFullForm ? everyFault() : someFaults) {
      const report = await survives(fault);
      reached.set(nameOf(fault), report.wasInjected);
      if (!report.wasInjected) continue;
      points += 1;
      acknowledged += report.acknowledged;
      if (points % 20 === 0) say(`faults: ${points} points, the last of them ${nameOf(fault)}`);
    }
    say(`faults: ${points} points, ${acknowledged} entries acknowledged, all of them logged once`);
    expect(points).toBeGreaterThanOrEqual(isFullForm ? 100 : someFaults.length - 2);
  },
  3 * timeoutMs,
);

const reached = new Map<string, boolean>();

function nameOf({ call, nth, what, lasts }: Fault): string {
  return `${call} ${nth}${lasts ? '+' : ''} ${what}`;
}

/** The first, second, nth call of each kind with each fault, until there are no more of it; then all from the nth on. */
function* everyFault(): Generator<Fault> {
  for (const call of calls) {
    for (const what of faults) {
      // The first ones differ; later ones are a new segment or another turn of the same.
      for (let nth = 1; nth <= nthMax; nth += nth < 8 ? 1 : 3) {
        const fault = { call, nth, what };
        yield fault;
        if (!reached.get(nameOf(fault))) break;
      }
    }
  }
  for (const call of ['openat', 'pwrite64', 'fdatasync', '/^rename'])
    for (const what of ['error=EIO', 'error=ENOSPC'] as const)
      for (const nth of [1, 2, 5, 8]) yield { call, nth, what, lasts: true };
}

const nthMax = 40;

const someFaults: readonly Fault[] = [
  { call: 'openat', nth: 4, what: 'error=EIO' },
  { call: 'openat', nth: 9, what: 'signal=KILL' },
  { call: 'pwrite64', nth: 2, what: 'error=EIO' },
  { call: 'pwrite64', nth: 3, what: 'error=ENOSPC' },
  { call: 'pwrite64', nth: 5, what: 'signal=KILL' },
  { call: 'pwrite64', nth: 4, what: 'error=ENOSPC', lasts: true },
  { call: 'fdatasync', nth: 2, what: 'error=EIO' },
  { call: 'fdatasync', nth: 3, what: 'error=EIO', lasts: true },
  { call: 'fdatasync', nth: 3, what: 'signal=KILL' },
  { call: 'fsync', nth: 2, what: 'error=EIO' },
  { call: 'close', nth: 3, what: 'error=EIO' },
  { call: '/^rename', nth: 1, what: 'signal=KILL' },
  { call: '/^rename', nth: 2, what: 'error=ENOSPC' },
  { call: '/^unlink', nth: 1, what: 'signal=KILL' },
];
