import { presentChange, presentHandOver } from '@keyward/control';
import { deleteUser, deletionSchema, isProblem } from '@keyward/guard';
import type { Command } from 'commander';
import { print } from '../../output.ts';
import { byCli, failOn, validated } from '../../usage.ts';
import { withServices } from '../../with-services.ts';
import { confirm } from './confirm.ts';
import { handedOverInWords } from './handed-over-in-words.ts';

interface DeleteOptions {
  readonly handOverTo?: string;
  readonly force?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

export function addDelete(group: Command): void {
  group
    .command('delete')
    .description('Delete a person: name and address are erased, keys revoked. It cannot be undone.')
    .argument('<id or email>')
    .option('--hand-over-to <id or email>', 'who gets the keys and the data')
    .option('--force', 'delete although data are left, which nobody reaches then')
    .option('--yes', 'do not ask')
    .option('--json', 'print one JSON value')
    .addHelpText(
      'after',
      '\nExamples:\n  keyward users delete bob@example.com --hand-over-to ada@example.com\n  keyward users delete bob@example.com --force --yes',
    )
    .action(async (user: string, options: DeleteOptions) => {
      const { handOverTo, force } = options;
      const wish = validated(deletionSchema, { user, handOverTo, force });
      await confirm(`Delete ${user} for good?`, options);
      await withServices(async (installation) => {
        const deleted = await deleteUser(installation, wish, byCli);
        if (isProblem(deleted)) return failOn(deleted);
        const { handedOver } = deleted;
        const shown = {
          ...presentChange(deleted, installation.clock.now()),
          handed_over: handedOver === undefined ? null : presentHandOver(handedOver),
        };
        const words = handedOver === undefined ? '' : `\n${handedOverInWords(handedOver)}`;
        print(shown, () => `${user} is deleted.${words}`, options);
      });
    });
}
