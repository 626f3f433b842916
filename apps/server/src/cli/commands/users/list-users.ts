import { presentPerson } from '@keyward/control';
import { listUsers } from '@keyward/guard';
import type { Command } from 'commander';
import { print, table } from '../../output.ts';
import { withInstallation } from '../../with-installation.ts';

const columns = ['id', 'email', 'name', 'role', 'banned', 'created_at'];

export function addList(group: Command): void {
  group
    .command('list')
    .description('List people, newest first.')
    .option('--deleted', 'also those who were deleted')
    .option('--json', 'print one JSON value')
    .addHelpText('after', '\nExample:\n  keyward users list --json')
    .action(async (options: { deleted?: boolean; json?: boolean }) => {
      const data = await withInstallation(async ({ database, clock }) => {
        const page = { limit: 1000, includesDeleted: options.deleted === true };
        return (await listUsers(database, page)).map((user) => presentPerson(user, clock.now()));
      });
      print({ data }, () => table(data, columns), options);
    });
}
