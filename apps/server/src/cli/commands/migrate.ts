import type { Command } from 'commander';
import { declaredServices, migrateServices } from '../../services.ts';
import { print } from '../output.ts';
import { withInstallation } from '../with-installation.ts';

export function migrate(program: Command): void {
  program
    .command('migrate')
    .description('Bring the tables up to date. Start does the same; this is for doing it beforehand.')
    .option('--json', 'print one JSON value')
    .action(async (options: { json?: boolean }) => {
      await withInstallation(async (installation) => {
        await migrateServices(installation, declaredServices(installation));
      });
      print({ migrated: true }, () => 'The tables are up to date.', options);
    });
}
