import { deleteUser, deletionSchema, erasePerson, findUser, isProblem } from '@keyward/guard';
import type { Command } from 'commander';
import { print } from '../../output.ts';
import { byCli, failOn, validated } from '../../usage.ts';
import { type ServedInstallation, withServices } from '../../with-services.ts';
import { shipLocalJournal } from '../audit/ship-local-journal.ts';
import { confirm } from './confirm.ts';

interface EraseOptions {
  readonly handOverTo?: string;
  readonly force?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

export function addErase(group: Command): void {
  group
    .command('erase')
    .description(
      'Erase a person from the audit log and its archives, deleting them first if they are not. It cannot be undone.',
    )
    .argument('<id or email>')
    .option('--hand-over-to <id or email>', 'who gets the keys and the data, when the person is deleted now')
    .option('--force', 'delete although data are left, which nobody reaches then')
    .option('--yes', 'do not ask')
    .option('--json', 'print one JSON value')
    .addHelpText('after', '\nExample:\n  keyward users erase bob@example.com --hand-over-to ada@example.com')
    .action(async (user: string, options: EraseOptions) => {
      const { handOverTo, force } = options;
      const wish = validated(deletionSchema, { user, handOverTo, force });
      await confirm(`Erase ${user} from the audit log for good?`, options);
      await withServices(async (installation) => {
        const id = await deletedPerson(installation, wish);
        // What stands on this node's disk still would come afterwards.
        await shipLocalJournal(installation);
        const erased = await erasePerson(installation, id, byCli);
        if (isProblem(erased)) return failOn(erased);
        const { userId, rows } = erased;
        print(
          { id: userId, rows },
          () => `${user} is erased: ${rows} rows were blanked, and their key of the archives is destroyed.`,
          options,
        );
      });
    });
}

/** The id of the person, who is deleted now unless they were before. */
async function deletedPerson(
  installation: ServedInstallation,
  wish: Parameters<typeof deleteUser>[1],
): Promise<string> {
  const found = await findUser(installation.database.orm, wish.user);
  if (found !== undefined && found.deletedAt !== null) return found.id;
  const deleted = await deleteUser(installation, wish, byCli);
  if (isProblem(deleted)) return failOn(deleted);
  return deleted.user.id;
}
