import { createUser, isProblem, newUserSchema, roles, snakeCase } from '@keyward/guard';
import { type Command, Option } from 'commander';
import { print } from '../../output.ts';
import { byCli, failOn, validated } from '../../usage.ts';
import { withInstallation } from '../../with-installation.ts';

interface CreateOptions {
  readonly email: string;
  readonly name: string;
  readonly role: string;
  readonly json?: boolean;
}

export function addCreate(group: Command): void {
  group
    .command('create')
    .description('Make a person. The first operator of an installation is made here.')
    .requiredOption('--email <address>', 'e-mail address, unique')
    .requiredOption('--name <name>', 'name for people to read')
    .addOption(new Option('--role <role>', 'what the person may do').choices([...roles]).default('user'))
    .option('--json', 'print one JSON value')
    .addHelpText(
      'after',
      '\nExample:\n  keyward users create --email ada@example.com --name Ada --role super_admin',
    )
    .action(async ({ json, ...options }: CreateOptions) => {
      const wanted = validated(newUserSchema, options);
      const user = await withInstallation(({ database, clock }) =>
        createUser(database, wanted, byCli, clock),
      );
      if (isProblem(user)) return failOn(user);
      const { id, email, name, role, createdAt } = user;
      print(
        snakeCase({ id, email, name, role, createdAt }),
        () => `${role} ${name} <${email}> has the id ${id}`,
        { json: json === true },
      );
    });
}
