import { presentBlock } from '@keyward/control';
import { listBlocks } from '@keyward/guard';
import type { Command } from 'commander';
import { print, table } from '../../output.ts';
import { withInstallation } from '../../with-installation.ts';

const columns = ['id', 'subject', 'reason', 'created_by', 'created_at', 'expires_at', 'removed_at'];

export function addList(group: Command): void {
  group
    .command('list')
    .description('List the blocks in force, the newest 1000 first.')
    .option('--all', 'those that have ended too')
    .option('--json', 'print one JSON value')
    .action(async ({ all = false, ...output }: { all?: boolean; json?: boolean }) => {
      const data = await withInstallation(async ({ database, clock }) => {
        const found = await listBlocks(database, { limit: 1000, includesEnded: all }, clock.now());
        return found.map((block) => presentBlock(block));
      });
      print({ data }, () => table(data, columns), output);
    });
}
