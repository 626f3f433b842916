import { archivedRows, searchAudit, snakeCase } from '@keyward/guard';
import { type Command, InvalidArgumentError } from 'commander';
import { archiveDeps } from '../../../audit-archive.ts';
import { print, table } from '../../output.ts';
import { withInstallation } from '../../with-installation.ts';
import { filterOf, withFilter } from './filter-options.ts';
import { shipLocalJournal } from './ship-local-journal.ts';

interface SearchOptions {
  readonly limit?: number;
  readonly json?: boolean;
}

const columns = [
  'created_at',
  'method',
  'path',
  'status',
  'error_code',
  'duration_ms',
  'api_key',
  'ip',
  'request_id',
];

export function addSearch(group: Command): void {
  withFilter(group.command('search').description('Search the audit log, newest first.'))
    .option('--limit <n>', 'rows at most', parseCount, 100)
    .option('--json', 'print one JSON value')
    .addHelpText(
      'after',
      '\nExample:\n  keyward audit search --status 4xx --since 2026-01-01T00:00:00Z --limit 20',
    )
    .action(async ({ limit = 100, json, ...filter }: SearchOptions) => {
      const wanted = filterOf(filter);
      const data = await withInstallation(async (installation) => {
        await shipLocalJournal(installation);
        const archived = archivedRows(await archiveDeps(installation));
        return (await searchAudit(installation.database, wanted, limit, { archived })).map(snakeCase);
      });
      print({ data }, () => table(data, columns), { json: json === true });
    });
}

function parseCount(text: string): number {
  if (!/^[1-9]\d{0,4}$/.test(text)) throw new InvalidArgumentError('Must be a number from 1 to 99999.');
  return Number(text);
}
