import { parseArgs } from 'node:util';
import { searchAuditPage } from '@keyward/guard';
import { type Database, guardMigrations, openDatabase, runMigrations } from '@keyward/guard/database';
import { startPostgres } from '@keyward/test/services';
import pg from 'pg';
import { median } from '../medians.ts';
import { markdownTable } from '../report/markdown-table.ts';
import { loadRows } from './load-rows.ts';
import { auditSearches, type TimedSearch } from './searches.ts';

// P14: the newest 100 rows by each field and by some of them together: `audit-search` of the benchmarks, also alone.
// node bench/src/audit/search-rate.ts [--short] [--rows N] [--rounds N]. Ten million rows take 9 GB and some minutes.

const { values } = parseArgs({
  allowPositionals: true,
  strict: false,
  options: { short: { type: 'boolean' }, rows: { type: 'string' }, rounds: { type: 'string' } },
});
const rowCount = Number(values.rows ?? (values.short ? 50_000 : 10_000_000));
const rounds = Number(values.rounds ?? (values.short ? 1 : 7));
const goalMs = 50;

const postgres = await startPostgres();
try {
  await runMigrations(postgres.url, [guardMigrations]);
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  await loadRows(client, rowCount, (line) => void process.stderr.write(`${line}\n`));
  await client.end();
  const database = openDatabase({ url: postgres.url });
  const lines: string[][] = [];
  for (const search of await auditSearches(database)) lines.push(await timed(database, search));
  await database.close();
  process.stdout.write(
    `Newest 100 of ${rowCount} rows, medians of ${rounds}, PostgreSQL ${postgres.version}; P14: by any one field ≤ ${goalMs} ms\n\n`,
  );
  process.stdout.write(`${markdownTable(['search', 'first, ms', 'then, ms', 'rows', 'met'], lines)}\n`);
} finally {
  await postgres.stop();
}

/** The first call finds what it reads outside of PostgreSQL's own cache. */
async function timed(database: Database, { name, filter, isOneField }: TimedSearch): Promise<string[]> {
  const times: number[] = [];
  let found = '';
  for (let round = 0; round <= rounds; round++) {
    const from = performance.now();
    const { rows, next } = await searchAuditPage(database, filter, { limit: 100 });
    times.push(performance.now() - from);
    found = `${rows.length}${next !== undefined && rows.length < 100 ? ', goes on' : ''}`;
  }
  const [first = Number.NaN, ...others] = times;
  const usual = median(others);
  const isMet = isOneField ? (usual <= goalMs ? 'yes' : '**no**') : '';
  return [name, first.toFixed(1), usual.toFixed(1), found, isMet];
}
