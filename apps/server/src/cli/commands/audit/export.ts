import { archivedRows, type ExportFormat, exportAudit, exportFormats } from '@keyward/guard';
import { type Command, Option } from 'commander';
import { archiveDeps } from '../../../audit-archive.ts';
import { withInstallation } from '../../with-installation.ts';
import { filterOf, withFilter } from './filter-options.ts';
import { shipLocalJournal } from './ship-local-journal.ts';

interface ExportOptions {
  readonly format: ExportFormat;
}

export function addExport(group: Command): void {
  withFilter(
    group.command('export').description('Write every matching row to standard output, newest first.'),
  )
    .addOption(
      new Option('--format <format>', 'JSON lines, or CSV that no spreadsheet runs')
        .choices(exportFormats)
        .default('jsonl'),
    )
    .addHelpText('after', '\nExample:\n  keyward audit export --format csv --key KEY_ID > key.csv')
    .action(async ({ format, ...filter }: ExportOptions) => {
      const wanted = filterOf(filter);
      await withInstallation(async (installation) => {
        await shipLocalJournal(installation);
        const archived = archivedRows(await archiveDeps(installation));
        const { database } = installation;
        for await (const text of exportAudit(database, wanted, format, { archived })) await write(text);
      });
    });
}

/** Waits while the reader of standard output is slower than the database. */
async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) await new Promise((resolve) => process.stdout.once('drain', resolve));
}
