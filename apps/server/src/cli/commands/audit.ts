import { auditFilterSchema, eachAuditRow, searchAudit, shipOnce, snakeCase } from '@keyward/guard';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Installation } from '../../installation.ts';
import { csvLine } from '../csv.ts';
import { print, table } from '../output.ts';
import { validated } from '../usage.ts';
import { withInstallation } from '../with-installation.ts';

interface FilterOptions {
  readonly limit?: number;
  readonly format?: 'jsonl' | 'csv';
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

export function audit(program: Command): void {
  const group = program.command('audit').description('The audit log.');

  withFilter(group.command('search').description('Search the audit log, newest first.'))
    .option('--limit <n>', 'rows at most', parseCount, 100)
    .option('--json', 'print one JSON value')
    .addHelpText(
      'after',
      '\nExample:\n  keyward audit search --status 4xx --since 2026-01-01T00:00:00Z --limit 20',
    )
    .action(async ({ limit = 100, json, ...filter }: FilterOptions) => {
      const wanted = validated(auditFilterSchema, filter);
      const data = await withInstallation(async (installation) => {
        await shipLocalJournal(installation);
        return (await searchAudit(installation.database, wanted, limit)).map(snakeCase);
      });
      print({ data }, () => table(data, columns), { json: json === true });
    });

  withFilter(
    group.command('export').description('Write every matching row to standard output, newest first.'),
  )
    .addOption(
      new Option('--format <format>', 'JSON lines, or CSV that no spreadsheet runs')
        .choices(['jsonl', 'csv'])
        .default('jsonl'),
    )
    .action(async ({ format, ...filter }: FilterOptions) => {
      const wanted = validated(auditFilterSchema, filter);
      await withInstallation(async (installation) => {
        await shipLocalJournal(installation);
        let isFirst = true;
        for await (const row of eachAuditRow(installation.database, wanted)) {
          const record = snakeCase(row);
          if (format === 'csv' && isFirst) await write(csvLine(Object.keys(record)));
          isFirst = false;
          await write(format === 'csv' ? csvLine(Object.values(record)) : `${JSON.stringify(record)}\n`);
        }
      });
    });
}

/** What this node's journal still holds is part of the log (A2). */
async function shipLocalJournal({ directUrl, journalFolder }: Installation): Promise<void> {
  await shipOnce({ databaseUrl: directUrl, folder: journalFolder });
}

function withFilter(command: Command): Command {
  return command
    .option('--key <id>', 'id of an API key')
    .option('--user <id>', 'id of a person')
    .option('--ip <address>', 'address of the client')
    .option('--status <status>', '404, or a class such as 4xx')
    .option('--path <beginning>', 'beginning of the path')
    .option('--error <beginning>', 'beginning of the error code')
    .option('--request <id>', 'X-Request-Id of an answer')
    .option('--since <time>', 'RFC 3339, such as 2026-01-01T00:00:00Z')
    .option('--until <time>', 'RFC 3339');
}

function parseCount(text: string): number {
  if (!/^[1-9]\d{0,4}$/.test(text)) throw new InvalidArgumentError('Must be a number from 1 to 99999.');
  return Number(text);
}

/** Waits while the reader of standard output is slower than the database. */
async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) await new Promise((resolve) => process.stdout.once('drain', resolve));
}
