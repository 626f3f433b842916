import { presentKey } from '@keyward/control';
import { isProblem, revokeKey } from '@keyward/guard';
import type { Command } from 'commander';
import { print } from '../../output.ts';
import { byCli, failOn } from '../../usage.ts';
import { withInstallation } from '../../with-installation.ts';

export function addRevoke(group: Command): void {
  group
    .command('revoke')
    .description('Stop a key on every node, for good.')
    .argument('<id>')
    .option('--json', 'print one JSON value')
    .action(async (id: string, options: { json?: boolean }) => {
      const key = await withInstallation(({ database, clock }) => revokeKey(database, id, byCli, clock));
      if (isProblem(key)) return failOn(key);
      print(presentKey(key), () => `${key.prefix}… is revoked.`, options);
    });
}
