import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { EmbeddedDatabaseError, messageOf, systemErrorCode } from './embedded-database-error.ts';
import type { Binaries } from './locate-binaries.ts';
import { initialSettings } from './settings.ts';

/** Owns the cluster and all tables. */
export const ownerUser = 'keyward';
/** What the product serves as: owns nothing (D4). */
export const applicationUser = 'keyward_app';
const draftPrefix = 'data.draft-';
const initMsMax = 120_000;
/** Patient: an initdb whose supervisor was killed may still be writing. */
const sweep = { recursive: true, force: true, maxRetries: 20, retryDelay: 20 };

/**
 * Makes the cluster in `<place>/data` unless it is there, and returns its real path. It is made under another name and
 * renamed when whole, so that an initdb that was killed leaves only a draft, which the next start sweeps away.
 * `systemUsers`: the names that may connect.
 */
export async function prepareCluster(
  place: string,
  binaries: Binaries,
  systemUsers: readonly string[],
): Promise<string> {
  const data = join(place, 'data');
  for (const name of readdirSync(place)) {
    if (name.startsWith(draftPrefix)) rmSync(join(place, name), sweep);
  }
  if (!existsSync(data)) {
    const draft = join(place, draftPrefix + randomBytes(6).toString('hex'));
    await initialise(draft, binaries);
    renameSync(draft, data);
    syncFolder(place);
  }
  checkVersion(data, binaries);
  writeAccess(data, systemUsers);
  return data;
}

async function initialise(draft: string, binaries: Binaries): Promise<void> {
  const settings = Object.entries(initialSettings).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const options = ['-D', draft, '-U', ownerUser, '--auth=peer', '--data-checksums', '--no-instructions'];
  try {
    await promisify(execFile)(join(binaries.folder, 'bin', 'initdb'), [...options, ...locale, ...settings], {
      cwd: '/',
      env: { LC_ALL: 'C' },
      timeout: initMsMax,
    });
  } catch (error) {
    // The kernel says ENOENT of a binary whose loader is missing: a musl system.
    const isForeign = systemErrorCode(error) === 'ENOENT';
    const advice = isForeign ? 'It needs glibc. ' : 'Mend that, or ';
    throw new EmbeddedDatabaseError(
      `PostgreSQL's initdb failed. ${messageOf(error).trim()}\n${advice}${isForeign ? 'Set' : 'set'} DATABASE_URL.`,
    );
  }
}

function checkVersion(data: string, binaries: Binaries): void {
  const versionFile = join(data, 'PG_VERSION');
  const made = existsSync(versionFile) ? readFileSync(versionFile, 'utf8').trim() : undefined;
  if (made === undefined) {
    throw new EmbeddedDatabaseError(`${data} is no PostgreSQL cluster. Move it away, or set DATABASE_URL.`);
  }
  const ours = binaries.version.split('.')[0];
  if (made !== ours) {
    throw new EmbeddedDatabaseError(
      `${data} was made by PostgreSQL ${made}, and this is ${ours}. Make a backup with the version of Keyward ` +
        'that made it, restore that into a new KEYWARD_DATA, or bring it over with pg_upgrade.',
    );
  }
}

/** Only over the socket, and only those users of the system: the kernel says who they are, so there is no password to leak. */
function writeAccess(data: string, systemUsers: readonly string[]): void {
  const quote = (name: string) => `"${name.replaceAll('"', '""')}"`;
  const roles = [ownerUser, applicationUser];
  const identities = systemUsers.flatMap((name) => roles.map((role) => `keyward ${quote(name)} ${role}\n`));
  const access = roles.map((role) => `local all ${role} peer map=keyward\n`);
  const replication = `local replication ${ownerUser} peer map=keyward\n`;
  replaceIfOther(join(data, 'pg_ident.conf'), identities.join(''));
  replaceIfOther(join(data, 'pg_hba.conf'), access.join('') + replication);
}

function replaceIfOther(path: string, text: string): void {
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return;
  const draft = `${path}.draft`;
  writeFileSync(draft, text, { mode: 0o600, flush: true });
  renameSync(draft, path);
}

function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
