import { presentBlock } from '@keyward/control';
import { isProblem, removeBlock } from '@keyward/guard';
import type { Command } from 'commander';
import { print } from '../../output.ts';
import { byCli, failOn } from '../../usage.ts';
import { withInstallation } from '../../with-installation.ts';

export function addRemove(group: Command): void {
  group
    .command('remove')
    .description('Lift a block, on every node within a second.')
    .argument('<id, address or CIDR>')
    .option('--json', 'print one JSON value')
    .action(async (idOrSubject: string, output: { json?: boolean }) => {
      const block = await withInstallation((installation) => removeBlock(installation, idOrSubject, byCli));
      if (isProblem(block)) return failOn(block);
      print(presentBlock(block), () => `${block.subject} is not blocked any more.`, output);
    });
}
