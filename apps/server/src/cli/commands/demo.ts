import { randomBytes } from 'node:crypto';
import { createKey, createUser, isProblem, type NewKey } from '@keyward/guard';
import type { Command } from 'commander';
import { processEnvironment, readConfig } from '../../config.ts';
import { type DemoAnswer, runDemo } from '../../demo/run-demo.ts';
import { CommandFailed, print } from '../output.ts';
import { byCli, failOn } from '../usage.ts';
import { type ServedInstallation, withServices } from '../with-services.ts';

const day = 86_400_000;

export function demo(program: Command): void {
  program
    .command('demo')
    .description('Send real traffic, good and bad, to a running node, with keys that end tomorrow.')
    .option('--url <url>', 'the node; default: the one that HOST and PORT name')
    .option('--json', 'print one JSON value')
    .action(async (options: { url?: string; json?: boolean }) => {
      const { host, port } = readConfig(processEnvironment());
      const url = options.url ?? `http://${host}:${port}`;
      await requireNode(url);
      const run = randomBytes(3).toString('hex');
      const keys = await withServices((installation) => makeKeys(installation, run));
      const shows = !options.json && process.stdout.isTTY;
      const data = await runDemo(
        url,
        keys,
        run,
        (answer) => shows && process.stdout.write(`${line(answer)}\n`),
      );
      print(
        { data },
        () => 'Every one of these requests is in the audit log: keyward audit search --limit 40',
        options,
      );
    });
}

async function requireNode(url: string): Promise<void> {
  const answers = await fetch(`${url}/healthz`).then(
    (response) => response.ok,
    () => false,
  );
  if (!answers)
    throw new CommandFailed(
      `No node answers at ${url}. Start one with "npm start" in another terminal, or name it with --url.`,
    );
}

async function makeKeys(installation: ServedInstallation, run: string) {
  const { database, clock } = installation;
  const person = await createUser(
    database,
    { email: `demo-${run}@example.com`, name: `Demo ${run}`, role: 'user' },
    byCli,
    clock,
  );
  if (isProblem(person)) return failOn(person);
  const make = async (
    service: string,
    wanted: readonly string[],
    more: Partial<NewKey> = {},
  ): Promise<string> => {
    const name = `demo ${run}`;
    const key = {
      owner: person.id,
      name,
      service,
      environment: 'test' as const,
      scopes: [...wanted],
      expiresInMs: day,
      ...more,
    };
    const created = await createKey(installation, key, byCli);
    return isProblem(created) ? failOn(created) : created.key;
  };
  return {
    metadata: await make('metadata', ['metadata:read', 'metadata:write', 'media:read', 'media:write']),
    meterr: await make('meterr', ['tokens:read', 'tokens:write', 'usage:read', 'usage:write']),
    narrow: await make('metadata', ['metadata:read'], { limits: [{ limit: 10, windowMs: 3_600_000 }] }),
  };
}

function line({ status, code, method, path, what }: DemoAnswer): string {
  return `${status} ${(code ?? '').padEnd(20)} ${method.padEnd(4)} ${path.padEnd(48)} ${what}`;
}
