import { checkpointKeys } from '@keyward/guard';
import type { Command } from 'commander';
import { print } from '../../output.ts';
import { withInstallation } from '../../with-installation.ts';

export function addKey(group: Command): void {
  group
    .command('key')
    .description('Print the public keys of the signed checkpoints; keep them where this server is not.')
    .option('--json', 'print one JSON value')
    .action(async (output: { json?: boolean }) => {
      const keys = await withInstallation(async ({ database, keyring }) =>
        (await checkpointKeys(database, keyring)).map(({ vkey }) => vkey),
      );
      print({ keys }, () => keys.join('\n'), output);
    });
}
