import {
  archiveLeaves,
  checkpointKeys,
  type LeafSource,
  type NoteVerifier,
  openArchivePlace,
} from '@keyward/guard';
import { openDatabase, openEmbedded } from '@keyward/guard/database';
import { archiveDeps, archivePlaceOf } from '../../../audit-archive.ts';
import { type Config, processEnvironment, readConfig } from '../../../config.ts';
import { ensureDataFolder } from '../../../data-folder.ts';
import { withInstallation } from '../../with-installation.ts';

/** What a verification is given: the database, and the keys that checkpoints may be signed with. */
export interface LogDatabase {
  readonly url: string;
  readonly verifiers: readonly NoteVerifier[];
  readonly config: Config;
  /** The months that are no longer in the database. */
  readonly archives: readonly LeafSource[];
}

/** With `keys`, nothing but the database is opened: no keyring, no migration. Without, they are those of the keyring. */
export async function withLogDatabase<Result>(
  keys: readonly NoteVerifier[] | undefined,
  work: (log: LogDatabase) => Promise<Result>,
): Promise<Result> {
  if (keys === undefined) {
    return withInstallation(async (installation) => {
      const { database, keyring, directUrl: url, config } = installation;
      const archives = [await archiveLeaves(await archiveDeps(installation))];
      return work({ url, verifiers: await checkpointKeys(database, keyring), config, archives });
    });
  }
  const config = readConfig(processEnvironment());
  const known = config.databaseDirectUrl ?? config.databaseUrl;
  if (known !== undefined) return onDatabase(known, keys, config, work);
  ensureDataFolder(config.dataFolder);
  const embedded = await openEmbedded({ folder: config.dataFolder, role: 'tool', log: () => {} });
  try {
    return await onDatabase(embedded.url, keys, config, work);
  } finally {
    await embedded.detach();
  }
}

async function onDatabase<Result>(
  url: string,
  verifiers: readonly NoteVerifier[],
  config: Config,
  work: (log: LogDatabase) => Promise<Result>,
): Promise<Result> {
  const database = openDatabase({ url, onError: () => {} });
  try {
    const place = await openArchivePlace(archivePlaceOf(config));
    return await work({ url, verifiers, config, archives: [await archiveLeaves({ database, place })] });
  } finally {
    await database.close();
  }
}
