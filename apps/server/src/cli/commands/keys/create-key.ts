import { presentKey } from '@keyward/control';
import { createKey, isProblem, newKeySchema } from '@keyward/guard';
import { type Command, Option } from 'commander';
import { print } from '../../output.ts';
import { byCli, collect, failOn, validated } from '../../usage.ts';
import { withServices } from '../../with-services.ts';
import { addRestrictions, type RestrictionOptions, restrictionsOf } from './restriction-options.ts';

interface CreateOptions extends RestrictionOptions {
  readonly service: string;
  readonly env: string;
  readonly scope: readonly string[];
  readonly owner: string;
  readonly name: string;
  readonly json?: boolean;
}

export function addCreate(group: Command): void {
  const command = group
    .command('create')
    .description('Make a key. It is printed this once and never again.')
    .requiredOption('--service <service>', 'control, metadata or meterr')
    .addOption(
      new Option('--env <environment>', 'live and test keys see separate data')
        .choices(['live', 'test'])
        .default('live'),
    )
    .requiredOption('--scope <scope>', 'what it may do; give it several times', collect)
    .requiredOption('--owner <id or email>', 'whose key it is')
    .requiredOption('--name <name>', 'name for people to read');
  addRestrictions(command)
    .option('--json', 'print one JSON value')
    .addHelpText(
      'after',
      '\nExample:\n  keyward keys create --service meterr --env live --scope tokens:write --scope tokens:read --owner ada@example.com --name ci',
    )
    .action(async (options: CreateOptions) => {
      const wanted = validated(newKeySchema, {
        owner: options.owner,
        name: options.name,
        service: options.service,
        environment: options.env,
        scopes: options.scope,
        ...restrictionsOf(options),
      });
      const created = await withServices((installation) => createKey(installation, wanted, byCli));
      if (isProblem(created)) return failOn(created);
      const shown = { ...presentKey(created.row), key: created.key };
      print(
        shown,
        () => `${created.key}\nThis is the only time that the key is shown. Its id is ${created.row.id}.`,
        options,
      );
    });
}
