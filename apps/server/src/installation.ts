import { join } from 'node:path';
import {
  type Clock,
  type KeyHash,
  type Keyring,
  openKeyring,
  rootKeyFrom,
  systemClock,
} from '@keyward/guard';
import {
  type Database,
  guardMigrations,
  openDatabase,
  openEmbedded,
  runMigrations,
} from '@keyward/guard/database';
import type { Config } from './config.ts';
import { ensureDataFolder, localRootSecret } from './data-folder.ts';
import type { Log } from './log.ts';

/** What a node and the command line both stand on: the database, migrated, and its keyring. */
export interface Installation {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  readonly database: Database;
  /** A URL that reaches PostgreSQL itself, for notifications. */
  readonly directUrl: string;
  /** The owner's role, for migrations; the same as `directUrl` where there is one role only. */
  readonly ownerUrl: string;
  readonly keyring: Keyring;
  readonly keyHash: KeyHash;
  readonly journalFolder: string;
  close(): Promise<void>;
}

/**
 * Opens the installation. `role` `node`: this process serves, alone on its data folder.
 * `tool`: a command that works whether a server runs or not.
 */
export async function openInstallation(
  config: Config,
  role: 'node' | 'tool',
  log: Log,
): Promise<Installation> {
  const clock = systemClock;
  ensureDataFolder(config.dataFolder);
  const embedded =
    config.databaseUrl === undefined
      ? await openEmbedded({ folder: config.dataFolder, role, log: (message) => log.info(message) })
      : undefined;
  const url = config.databaseUrl ?? (embedded?.url as string);
  const directUrl = config.databaseDirectUrl ?? url;
  const ownerUrl = config.databaseOwnerUrl ?? embedded?.ownerUrl ?? directUrl;
  const database = openDatabase({
    url,
    onError: (error) => log.warn({ err: error }, 'a database connection broke'),
  });
  try {
    await runMigrations(ownerUrl, [guardMigrations], { applicationUrl: directUrl });
    const root = rootKeyFrom(config.secret ?? localRootSecret(config.dataFolder));
    const keyring = await openKeyring(database, root, clock);
    return {
      config,
      clock,
      log,
      database,
      directUrl,
      ownerUrl,
      keyring,
      keyHash: config.keyHash,
      journalFolder: join(config.dataFolder, 'journal'),
      async close() {
        await database.close();
        await embedded?.detach();
      },
    };
  } catch (error) {
    await database.close();
    await embedded?.detach();
    throw error;
  }
}
