import { presentKey } from '@keyward/control';
import { findUser, listKeys } from '@keyward/guard';
import type { Command } from 'commander';
import { CommandFailed, print, table } from '../../output.ts';
import { withInstallation } from '../../with-installation.ts';

const columns = [
  'id',
  'status',
  'prefix',
  'name',
  'service',
  'environment',
  'scopes',
  'created_at',
  'expires_at',
  'last_used_at',
  'request_count',
  'error_count',
];

export function addList(group: Command): void {
  group
    .command('list')
    .description('List keys, newest first.')
    .option('--owner <id or email>', 'only those of one person')
    .option('--service <service>', 'only those of one service')
    .option('--json', 'print one JSON value')
    .action(async (options: { owner?: string; service?: string; json?: boolean }) => {
      const data = await withInstallation(async ({ database }) => {
        const owner = options.owner === undefined ? undefined : await findUser(database.orm, options.owner);
        if (options.owner !== undefined && owner === undefined)
          throw new CommandFailed(`There is no person ${options.owner}.`);
        const filter = {
          limit: 1000,
          ...(owner && { userId: owner.id }),
          ...(options.service && { service: options.service }),
        };
        return (await listKeys(database, filter)).map((key) => presentKey(key));
      });
      print({ data }, () => table(data, columns), options);
    });
}
