import { checkpointKeys, type NoteVerifier } from '@keyward/guard';
import { openEmbedded } from '@keyward/guard/database';
import { type Config, processEnvironment, readConfig } from '../../../config.ts';
import { ensureDataFolder } from '../../../data-folder.ts';
import { withInstallation } from '../../with-installation.ts';

/** What a verification is given: the database, and the keys that checkpoints may be signed with. */
export interface LogDatabase {
  readonly url: string;
  readonly verifiers: readonly NoteVerifier[];
  readonly config: Config;
}

/** With `keys`, nothing but the database is opened: no keyring, no migration. Without, they are those of the keyring. */
export async function withLogDatabase<Result>(
  keys: readonly NoteVerifier[] | undefined,
  work: (log: LogDatabase) => Promise<Result>,
): Promise<Result> {
  if (keys === undefined) {
    return withInstallation(async ({ database, keyring, directUrl: url, config }) =>
      work({ url, verifiers: await checkpointKeys(database, keyring), config }),
    );
  }
  const config = readConfig(processEnvironment());
  const known = config.databaseDirectUrl ?? config.databaseUrl;
  if (known !== undefined) return work({ url: known, verifiers: keys, config });
  ensureDataFolder(config.dataFolder);
  const embedded = await openEmbedded({ folder: config.dataFolder, role: 'tool', log: () => {} });
  try {
    return await work({ url: embedded.url, verifiers: keys, config });
  } finally {
    await embedded.detach();
  }
}
