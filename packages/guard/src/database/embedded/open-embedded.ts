import { isAbsolute } from 'node:path';
import pg from 'pg';
import { applicationUser, ownerUser } from './cluster.ts';
import type { AttachmentRole } from './control-channel.ts';
import { EmbeddedDatabaseError, messageOf } from './embedded-database-error.ts';
import { keepAttached } from './keep-attached.ts';

export interface EmbeddedOptions {
  /** KEYWARD_DATA, an absolute path. Made when it is missing. */
  readonly folder: string;
  /** One node may work on a folder; tools may come beside it, and start the server when no node runs. */
  readonly role: AttachmentRole;
  /** What the operator should know, a sentence at a time. Default: nobody hears it. */
  readonly log?: (message: string) => void;
  /** Milliseconds to become ready. Default 30,000. */
  readonly startMs?: number;
  /** Milliseconds after which the server stops when everybody attached has died. Default 60,000. */
  readonly idleMs?: number;
  /** Where root keeps what the unprivileged user cannot reach elsewhere. Default `/var/lib/keyward`. */
  readonly systemFolder?: string;
}

export interface EmbeddedDatabase {
  /** For `pg`, `psql` and every other PostgreSQL client, over the unix socket. Holds no secret. */
  readonly url: string;
  /** The same as the owner of the tables, for migrations. */
  readonly ownerUrl: string;
  readonly role: AttachmentRole;
  /** Lets go; the last one to do so waits until the server has stopped. */
  detach(): Promise<void>;
}

const databaseName = 'keyward';
const connectMsMax = 10_000;

/**
 * Opens the embedded PostgreSQL of a data folder: makes, starts or adopts it, and keeps it up while this process lives.
 * Throws `EmbeddedDatabaseError`, whose message says what to do.
 */
export async function openEmbedded(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  if (!isAbsolute(options.folder)) throw new EmbeddedDatabaseError('KEYWARD_DATA must be an absolute path.');
  try {
    return await open(options);
  } catch (error) {
    if (error instanceof EmbeddedDatabaseError) throw error;
    throw new EmbeddedDatabaseError(
      `The embedded PostgreSQL cannot be used in ${options.folder}: ${messageOf(error)}. ` +
        'Start as the user that owns this folder, or set DATABASE_URL.',
      { cause: error },
    );
  }
}

async function open(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  const kept = await keepAttached({
    dataFolder: options.folder,
    role: options.role,
    log: options.log ?? (() => {}),
    startMs: options.startMs ?? 30_000,
    idleMs: options.idleMs ?? 60_000,
    systemFolder: options.systemFolder ?? '/var/lib/keyward',
  });
  try {
    await ensureDatabase(kept.runFolder);
  } catch (error) {
    await kept.leave();
    throw error;
  }
  return {
    url: databaseUrl(kept.runFolder, applicationUser, databaseName),
    ownerUrl: databaseUrl(kept.runFolder, ownerUser, databaseName),
    role: options.role,
    detach: () => kept.leave(),
  };
}

/** The host is a query parameter, so that the URL standard, libpq and pg all read it alike. */
function databaseUrl(runFolder: string, user: string, database: string): string {
  return `postgres://${user}@localhost:5432/${database}?host=${encodeURIComponent(runFolder)}`;
}

/** Makes the role that serves and the database where they are missing; one look tells of both. */
async function ensureDatabase(runFolder: string): Promise<void> {
  const url = databaseUrl(runFolder, applicationUser, databaseName);
  const missing = await tryQuery(url, 'SELECT 1', ['3D000', '28000']);
  if (!missing) return;
  // Two first starts at a time: the other one made it (duplicate_…, or unique_violation when it was close).
  const made = ['42P04', '42710', '23505'];
  const server = databaseUrl(runFolder, ownerUser, 'postgres');
  await tryQuery(server, `CREATE ROLE ${applicationUser} LOGIN`, made);
  await tryQuery(server, `CREATE DATABASE ${databaseName}`, made);
}

/** True when it failed with one of the expected SQLSTATEs. */
async function tryQuery(url: string, statement: string, expected: readonly string[]): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: connectMsMax });
  try {
    await client.connect();
    await client.query(statement);
    return false;
  } catch (error) {
    if (error instanceof pg.DatabaseError && expected.includes(error.code ?? '')) return true;
    throw error;
  } finally {
    await client.end();
  }
}
