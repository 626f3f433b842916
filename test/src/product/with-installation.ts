import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, type Keyring, openKeyring, rootKeyFrom, systemClock } from '@keyward/guard';
import { type Database, openDatabase, openEmbedded } from '@keyward/guard/database';
import type { Keyward } from './keyward.ts';

/** What a command works on. */
export interface Installation {
  readonly database: Database;
  readonly keyring: Keyring;
  readonly clock: Clock;
  /** A URL that reaches PostgreSQL itself. */
  readonly directUrl: string;
  readonly journalFolder: string;
}

/**
 * Opens the installation of a node that has been started before, as a command does, but in this process: a process of its
 * own takes longer than all that it is asked for. Commands themselves are for the suites that are about them.
 */
export async function withInstallation<Result>(
  { environment, dataFolder }: Keyward,
  work: (installation: Installation) => Promise<Result>,
): Promise<Result> {
  const { DATABASE_URL, DATABASE_DIRECT_URL, KEYWARD_SECRET } = environment;
  await using open = new AsyncDisposableStack();
  const embedded =
    DATABASE_URL === undefined
      ? open.adopt(await openEmbedded({ folder: dataFolder, role: 'tool' }), (server) => server.detach())
      : undefined;
  const url = DATABASE_URL ?? embedded?.url ?? '';
  const database = open.adopt(openDatabase({ url, onError: () => {} }), (opened) => opened.close());
  const secret = KEYWARD_SECRET ?? (await readFile(join(dataFolder, 'root-secret'), 'utf8')).trim();
  return await work({
    database,
    keyring: await openKeyring(database, rootKeyFrom(secret), systemClock),
    clock: systemClock,
    directUrl: DATABASE_DIRECT_URL ?? url,
    journalFolder: join(dataFolder, 'journal'),
  });
}
