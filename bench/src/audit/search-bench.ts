import { searchAuditPage } from '@keyward/guard';
import { type Database, guardMigrations, openDatabase, runMigrations } from '@keyward/guard/database';
import { startPostgres } from '@keyward/test/services';
import pg from 'pg';
import type { Bench } from '../bench.ts';
import { median } from '../medians.ts';
import { atMost } from '../report/goal.ts';
import { markdownTable } from '../report/markdown-table.ts';
import { loadRows } from './load-rows.ts';
import { auditSearches, type TimedSearch } from './searches.ts';

/** P14: the newest 100 rows by each field and by some of them together. Ten million rows take 9 GB and some minutes. */
export const bench: Bench = async ({ rounds, isShort, log }) => {
  const rowCount = isShort ? 50_000 : 10_000_000;
  await using stack = new AsyncDisposableStack();
  const postgres = stack.adopt(await startPostgres(), (server) => server.stop());
  await runMigrations(postgres.url, [guardMigrations]);
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  await loadRows(client, rowCount, log);
  await client.end();
  const database = stack.adopt(openDatabase({ url: postgres.url }), (opened) => opened.close());
  const timed: Timed[] = [];
  for (const search of await auditSearches(database)) timed.push(await time(database, search, rounds));
  const slowest = (of: readonly Timed[]): number => Math.max(...of.map(({ usualMs }) => usualMs));
  const byOneField = timed.filter(({ isOneField }) => isOneField);
  return {
    title: 'Searching the audit log',
    goals: [
      atMost(
        'P14',
        `newest 100 of ${rowCount} rows by any one field, the slowest`,
        slowest(byOneField),
        50,
        ' ms',
      ),
    ],
    paragraphs: [
      `Newest 100 of ${rowCount} rows, medians of ${rounds}; PostgreSQL ${postgres.version}. The first call finds what it reads outside of PostgreSQL's own cache.`,
      markdownTable(
        ['search', 'first, ms', 'then, ms', 'rows'],
        timed.map(({ name, firstMs, usualMs, found }) => [
          name,
          firstMs.toFixed(1),
          usualMs.toFixed(1),
          found,
        ]),
      ),
    ],
  };
};

interface Timed {
  readonly name: string;
  readonly isOneField: boolean;
  readonly firstMs: number;
  readonly usualMs: number;
  readonly found: string;
}

async function time(
  database: Database,
  { name, filter, isOneField }: TimedSearch,
  rounds: number,
): Promise<Timed> {
  const times: number[] = [];
  let found = '';
  for (let round = 0; round <= rounds; round++) {
    const from = performance.now();
    const { rows, next } = await searchAuditPage(database, filter, { limit: 100 });
    times.push(performance.now() - from);
    found = `${rows.length}${next !== undefined && rows.length < 100 ? ', goes on' : ''}`;
  }
  const [firstMs = Number.NaN, ...others] = times;
  return { name, isOneField, firstMs, usualMs: median(others), found };
}
