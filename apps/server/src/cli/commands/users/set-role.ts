import { roleChangeSchema, roles, setRole } from '@keyward/guard';
import { type Command, Option } from 'commander';
import { byCli, validated } from '../../usage.ts';
import { withInstallation } from '../../with-installation.ts';
import { printChange } from './print-change.ts';

interface RoleOptions {
  readonly role: string;
  readonly reason: string;
  readonly json?: boolean;
}

export function addRole(group: Command): void {
  group
    .command('role')
    .description('Give a person another role. Below admin their control keys are revoked.')
    .argument('<id or email>')
    .addOption(new Option('--role <role>', 'the new role').choices([...roles]).makeOptionMandatory())
    .requiredOption('--reason <text>', 'why; it is kept in the audit log')
    .option('--json', 'print one JSON value')
    .addHelpText(
      'after',
      '\nExample:\n  keyward users role eve@example.com --role admin --reason "on call from May"',
    )
    .action(async (user: string, { role, reason, ...output }: RoleOptions) => {
      const change = validated(roleChangeSchema, { user, role, reason });
      await withInstallation(async (installation) => {
        const changed = await setRole(installation, change, byCli);
        printChange(changed, `has the role ${role}`, installation.clock, output);
      });
    });
}
