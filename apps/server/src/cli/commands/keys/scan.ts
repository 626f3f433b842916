import {
  bcryptKeys,
  type IdentifiedKey,
  identifySightings,
  isProblem,
  keyLookup,
  ownKeys,
  presentedMax,
  revokeLeaked,
  ScanError,
  type ScanResult,
  type Sighting,
  scanForKeys,
  systemClock,
} from '@keyward/guard';
import type { Command } from 'commander';
import { processEnvironment } from '../../../config.ts';
import type { Installation } from '../../../installation.ts';
import { CommandFailed, print, table, WrongUsage } from '../../output.ts';
import { byCli, collect, failOn } from '../../usage.ts';
import { withInstallation } from '../../with-installation.ts';
import { type PresentedSighting, placeInWords, presentSighting } from './present-sighting.ts';
import { drawProgress } from './scan-progress.ts';

interface ScanCommand {
  readonly history: boolean;
  readonly database: boolean;
  readonly exclude?: readonly string[];
  readonly all?: boolean;
  readonly revoke?: boolean;
  readonly json?: boolean;
}

export function addScan(group: Command): void {
  group
    .command('scan')
    .description('Find keys of this installation in files and in the whole history of git.')
    .argument('<path>')
    .option('--no-history', 'search the files alone')
    .option('--exclude <glob>', 'leave out what has this name or path; give it several times', collect)
    .option('--all', 'also what looks like a key and is none of this installation')
    .option('--revoke', 'revoke those that are alive, and tell their owners')
    .option('--no-database', 'go by the form alone, on a machine without the installation')
    .option('--json', 'print one JSON value')
    .addHelpText(
      'after',
      '\nExit code 0: nothing found. 1: keys were found, or something could not be read. 2: wrong usage.\n\nExample:\n  keyward keys scan . --exclude node_modules --revoke',
    )
    .action(async (path: string, options: ScanCommand) => {
      if (options.revoke && !options.database)
        throw new WrongUsage('--revoke needs the database; leave --no-database out.');
      const [result, data] = options.database
        ? await withInstallation((installation) => scanAndIdentify(path, options, installation))
        : await scanByForm(path, options);
      report(result, data, options);
    });
}

type Scanned = readonly [ScanResult, PresentedSighting[]];

async function scanByForm(path: string, options: ScanCommand): Promise<Scanned> {
  const result = await scan(path, options, undefined);
  return [result, result.sightings.map((sighting) => presentSighting(sighting, undefined, false))];
}

async function scanAndIdentify(
  path: string,
  options: ScanCommand,
  { database, keyring, clock, config }: Installation,
): Promise<Scanned> {
  const result = await scan(path, options, keyring.all('checksum'));
  const finders = [ownKeys(keyring, keyLookup(database), bcryptKeys({ database, clock }))];
  const keys = await identifySightings({ database, finders, clock }, result.sightings);
  const { securityContact } = config;
  const revoked = options.revoke
    ? await revokeLiving({ database, keyring, clock, finders, securityContact }, result.sightings, keys)
    : new Set<string>();
  const data = result.sightings.map((sighting) => {
    const key = keys.get(sighting.text);
    return presentSighting(sighting, key, key !== undefined && revoked.has(key.id));
  });
  return [result, data];
}

/** Runs the scan with a progress bar; what people can mend is said in one sentence. */
async function scan(
  path: string,
  options: ScanCommand,
  checksumKeys: Parameters<typeof scanForKeys>[0]['checksumKeys'],
): Promise<ScanResult> {
  const progress = drawProgress();
  const { PATH, HOME, XDG_CONFIG_HOME } = processEnvironment();
  try {
    return await scanForKeys({
      path,
      historyIsRead: options.history,
      excludes: options.exclude ?? [],
      checksumKeys,
      lookalikesAreShown: options.all ?? false,
      gitEnvironment: {
        ...(PATH !== undefined && { PATH }),
        ...(HOME !== undefined && { HOME }),
        ...(XDG_CONFIG_HOME !== undefined && { XDG_CONFIG_HOME }),
      },
      clock: systemClock,
      ...(progress && { onProgress: progress.onProgress }),
    });
  } catch (error) {
    if (error instanceof ScanError) throw new CommandFailed(error.message);
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new WrongUsage(`There is no ${path}.`);
    throw error;
  } finally {
    progress?.clear();
  }
}

/** The ids of the keys that were alive and are revoked now. */
async function revokeLiving(
  deps: Parameters<typeof revokeLeaked>[0],
  sightings: readonly Sighting[],
  keys: ReadonlyMap<string, IdentifiedKey>,
): Promise<Set<string>> {
  const places = new Map(sightings.map(({ text, place }) => [text, place.path]));
  const living = [...keys]
    .filter(([, { status }]) => status === 'active' || status === 'rotating' || status === 'spent')
    .map(([text]) => ({ text, foundAt: places.get(text) }));
  const revoked = new Set<string>();
  for (let at = 0; at < living.length; at += presentedMax) {
    const results = await revokeLeaked(deps, living.slice(at, at + presentedMax), {
      by: 'scan',
      policy: 'revoke',
      actor: byCli,
      clientAddress: '127.0.0.1',
    });
    if (isProblem(results)) return failOn(results);
    for (const { outcome, keyId } of results) {
      if (outcome === 'revoked' && keyId !== undefined) revoked.add(keyId);
    }
  }
  return revoked;
}

function report(result: ScanResult, data: readonly PresentedSighting[], options: ScanCommand): void {
  const { sightings, leftOut, unread, ...counts } = result;
  const shown = { data, ...counts, left_out: leftOut, unread };
  print(shown, () => inWords(result, data), options);
  const found = data.length + leftOut;
  if (found > 0) {
    const keys = new Set(sightings.map(({ text }) => text)).size;
    throw new CommandFailed(`${counted(keys, 'key')} in ${counted(found, 'place')}.`);
  }
  if (unread.length > 0)
    throw new CommandFailed(
      `${counted(unread.length, 'place')} could not be read, so that keys may be there.`,
    );
}

function inWords(
  { files, objects, lookalikes, leftOut, unread }: ScanResult,
  data: readonly PresentedSighting[],
): string {
  const rows = data.map((one) => ({ place: placeInWords(one), ...one }));
  const lines =
    data.length === 0 ? ['No key was found.'] : [table(rows, ['place', 'key', 'state', 'id', 'owner_id'])];
  if (leftOut > 0) lines.push(`and ${counted(leftOut, 'place')} more`);
  lines.push(`Searched: ${counted(files, 'file')}, ${counted(objects, 'object')} of git.`);
  if (lookalikes > 0)
    lines.push(
      `${counted(lookalikes, 'text')} of the form of a key, none of this installation (--all shows them).`,
    );
  for (const place of unread.slice(0, 20)) lines.push(`Not read: ${JSON.stringify(place)}`);
  return lines.join('\n');
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
