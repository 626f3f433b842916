import type { Command } from 'commander';
import { migrateServices } from '../../services.ts';
import { print } from '../output.ts';
import { withServices } from '../with-services.ts';

export function migrate(program: Command): void {
  program
    .command('migrate')
    .description('Bring the tables up to date. Start does the same; this is for doing it beforehand.')
    .option('--json', 'print one JSON value')
    .action(async (options: { json?: boolean }) => {
      await withServices((installation) => migrateServices(installation, installation.services));
      print({ migrated: true }, () => 'The tables are up to date.', options);
    });
}
