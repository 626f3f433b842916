import { presentBlock } from '@keyward/control';
import { addBlock, isProblem, newBlockSchema } from '@keyward/guard';
import type { Command } from 'commander';
import { neverBlocked } from '../../../address-settings.ts';
import { print } from '../../output.ts';
import { byCli, failOn, parseDuration, validated } from '../../usage.ts';
import { withInstallation } from '../../with-installation.ts';

interface AddOptions {
  readonly for?: number;
  readonly reason: string;
  readonly json?: boolean;
}

export function addAdd(group: Command): void {
  group
    .command('add')
    .description('Refuse every request of an address or range, on every node within a second.')
    .argument('<address or CIDR>', 'an IPv6 address means its /64; add /128 for it alone')
    .option('--for <duration>', 'when it ends by itself, such as 15m; without: when removed', parseDuration)
    .option('--reason <text>', 'why; it is kept in the audit log', 'blocked by hand')
    .option('--json', 'print one JSON value')
    .addHelpText(
      'after',
      '\nExamples:\n  keyward blocks add 203.0.113.7 --for 15m --reason "guesses keys"\n  keyward blocks add 198.51.100.0/24',
    )
    .action(async (subject: string, { for: forMs, reason, ...output }: AddOptions) => {
      const wanted = validated(newBlockSchema, { subject, reason, forMs });
      const block = await withInstallation(({ database, clock, config }) =>
        addBlock({ database, clock, neverBlock: neverBlocked(config) }, wanted, byCli),
      );
      if (isProblem(block)) return failOn(block);
      const until =
        block.expiresAt === null ? 'until it is removed' : `until ${block.expiresAt.toISOString()}`;
      print(presentBlock(block), () => `${block.subject} is blocked ${until}.`, output);
    });
}
