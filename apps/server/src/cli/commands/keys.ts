import { presentKey } from '@keyward/control';
import {
  createKey,
  findUser,
  isProblem,
  listKeys,
  newKeySchema,
  parseLimit,
  revokeKey,
  showKey,
  unusedScopes,
  type Window,
} from '@keyward/guard';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { declaredServices, routesOf, scopesOf } from '../../services.ts';
import { CommandFailed, print, table } from '../output.ts';
import { byCli, collect, failOn, parseDuration, validated } from '../usage.ts';
import { withInstallation } from '../with-installation.ts';

interface CreateOptions {
  readonly service: string;
  readonly env: string;
  readonly scope: readonly string[];
  readonly owner: string;
  readonly name: string;
  readonly limit?: readonly Window[];
  readonly expiresIn?: number;
  readonly allowIp?: readonly string[];
  readonly allowOrigin?: readonly string[];
  readonly json?: boolean;
}

const columns = [
  'id',
  'prefix',
  'name',
  'service',
  'environment',
  'scopes',
  'created_at',
  'expires_at',
  'revoked_at',
];

export function keys(program: Command): void {
  const group = program.command('keys').description('API keys.');
  addCreate(group);

  group
    .command('list')
    .description('List keys, newest first.')
    .option('--owner <id or email>', 'only those of one person')
    .option('--service <service>', 'only those of one service')
    .option('--json', 'print one JSON value')
    .action(async (options: { owner?: string; service?: string; json?: boolean }) => {
      const data = await withInstallation(async ({ database }) => {
        const owner = options.owner === undefined ? undefined : await findUser(database.orm, options.owner);
        if (options.owner !== undefined && owner === undefined)
          throw new CommandFailed(`There is no person ${options.owner}.`);
        const filter = {
          limit: 1000,
          ...(owner && { userId: owner.id }),
          ...(options.service && { service: options.service }),
        };
        return (await listKeys(database, filter)).map(presentKey);
      });
      print({ data }, () => table(data, columns), options);
    });

  group
    .command('show')
    .description('Show one key, without its secret.')
    .argument('<id>')
    .option('--json', 'print one JSON value')
    .action(async (id: string, options: { json?: boolean }) => {
      const shown = await withInstallation(async (installation) => {
        const { database, clock } = installation;
        const key = await showKey(database, id);
        if (key === undefined) throw new CommandFailed(`There is no key ${id}.`);
        const services = declaredServices(installation);
        const unused = await unusedScopes(database, key, routesOf(services), clock.now());
        return { ...presentKey(key), unused_scopes: unused };
      });
      print(
        shown,
        () =>
          Object.entries(shown)
            .map(([name, value]) => `${name}: ${JSON.stringify(value)}`)
            .join('\n'),
        options,
      );
    });

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

function addCreate(group: Command): void {
  group
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
    .requiredOption('--name <name>', 'name for people to read')
    .option('--limit <n/window>', 'requests per window, such as 1000/1h; several hold at once', collectLimits)
    .option('--expires-in <duration>', 'such as 90d', parseDuration)
    .option('--allow-ip <cidr>', 'only from these addresses; give it several times', collect)
    .option('--allow-origin <origin>', 'only from these web origins; give it several times', collect)
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
        limits: options.limit,
        expiresInMs: options.expiresIn,
        allowedIps: options.allowIp,
        allowedOrigins: options.allowOrigin,
      });
      const created = await withInstallation((installation) => {
        const guests = declaredServices(installation);
        return createKey({ ...installation, scopes: scopesOf(guests) }, wanted, byCli);
      });
      if (isProblem(created)) return failOn(created);
      const shown = { ...presentKey(created.row), key: created.key };
      print(
        shown,
        () => `${created.key}\nThis is the only time that the key is shown. Its id is ${created.row.id}.`,
        options,
      );
    });
}

function collectLimits(text: string, before: readonly Window[] | undefined): Window[] {
  try {
    return [...(before ?? []), parseLimit(text)];
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}
