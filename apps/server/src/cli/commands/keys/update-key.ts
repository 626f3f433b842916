import { presentKey } from '@keyward/control';
import { isProblem, keyChangesSchema, updateKey } from '@keyward/guard';
import { type Command, Option } from 'commander';
import { print, WrongUsage } from '../../output.ts';
import { byCli, collect, failOn, validated } from '../../usage.ts';
import { withServices } from '../../with-services.ts';
import { addRestrictions, type RestrictionOptions, restrictionsOf } from './restriction-options.ts';

const removable = {
  limits: 'limits',
  expiry: 'expiresInMs',
  'allowed-ips': 'allowedIps',
  'allowed-origins': 'allowedOrigins',
  'uses-max': 'usesMax',
} as const;
type Removable = keyof typeof removable;

interface UpdateOptions extends RestrictionOptions {
  readonly name?: string;
  readonly scope?: readonly string[];
  readonly remove?: readonly Removable[];
  readonly json?: boolean;
}

export function addUpdate(group: Command): void {
  const command = group
    .command('update')
    .description('Change the name, scopes or restrictions of a key, on every node at once.')
    .argument('<id>')
    .option('--name <name>', 'name for people to read')
    .option('--scope <scope>', 'all that it may do from now on; give it several times', collect);
  addRestrictions(command)
    .addOption(
      new Option('--remove <restriction>', 'take a restriction away; give it several times').argParser(
        collectRemovable,
      ),
    )
    .option('--json', 'print one JSON value')
    .addHelpText(
      'after',
      '\nExample:\n  keyward keys update 0197… --allow-ip 10.0.0.0/8 --limit 10/1s --remove expiry',
    )
    .action(async (id: string, options: UpdateOptions) => {
      const changes = validated(keyChangesSchema, changesOf(options));
      const key = await withServices((installation) => updateKey(installation, id, changes, byCli));
      if (isProblem(key)) return failOn(key);
      print(presentKey(key), () => `${key.prefix}… is changed on every node.`, options);
    });
}

function changesOf(options: UpdateOptions): Record<string, unknown> {
  const wanted = { name: options.name, scopes: options.scope, ...restrictionsOf(options) };
  const changes: Record<string, unknown> = Object.fromEntries(
    Object.entries(wanted).filter(([, value]) => value !== undefined),
  );
  for (const restriction of options.remove ?? []) {
    const field = removable[restriction];
    if (field in changes)
      throw new WrongUsage(`--remove ${restriction} contradicts the option that sets it.`);
    changes[field] = null;
  }
  if (Object.keys(changes).length === 0) throw new WrongUsage('Say what is to be changed; see --help.');
  return changes;
}

function collectRemovable(text: string, before: readonly string[] | undefined): string[] {
  if (!Object.hasOwn(removable, text))
    throw new WrongUsage(`--remove takes ${Object.keys(removable).join(', ')}.`);
  return collect(text, before);
}
