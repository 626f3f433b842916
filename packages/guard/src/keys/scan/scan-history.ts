import { countLines } from './count-lines.ts';
import type { JudgedMatch } from './findings.ts';
import type { Git } from './git.ts';
import { type Location, locateObjects } from './locate-objects.ts';
import { batchReader } from './read-batch.ts';
import { ScanError } from './scan-error.ts';
import type { ScanRun } from './scan-run.ts';
import type { ObjectType, Place } from './sighting.ts';
import { isExcluded } from './walk-files.ts';

interface FoundObject {
  readonly object: string;
  readonly type: ObjectType;
  readonly matches: JudgedMatch[];
}

/** Searches every object of a repository, whether something reaches it or not: files, messages, tags, names. */
export async function scanHistory(folder: string, git: Git, run: ScanRun): Promise<void> {
  const total = run.onProgress === undefined ? 0 : await countObjects(git);
  const found = await searchObjects(git, run, total);
  if (found.length === 0) return;
  const files = found.filter(({ type }) => type === 'blob' || type === 'tree');
  const located =
    files.length === 0 ? undefined : await locateObjects(git, new Set(files.map(({ object }) => object)));
  for (const one of found) {
    const location = one.type === 'commit' ? { commit: one.object } : (located?.get(one.object) ?? {});
    if (location.path !== undefined && isExcluded(location.path, run.excludes)) continue;
    await report(one, location, folder, git, run);
  }
}

async function searchObjects(git: Git, run: ScanRun, total: number): Promise<FoundObject[]> {
  const { search, findings, counts } = run;
  const found: FoundObject[] = [];
  const before = counts.objects;
  let current: FoundObject | undefined;
  const keep = (matches: JudgedMatch[]): void => {
    if (matches.length > 0) current?.matches.push(...matches);
  };
  const read = batchReader({
    begin(object, type) {
      current = { object, type, matches: [] };
      search.begin();
    },
    data: (bytes) => keep(findings.judge(search.push(bytes))),
    end() {
      keep(findings.judge(search.end()));
      if (current !== undefined && current.matches.length > 0) found.push(current);
      counts.objects += 1;
    },
    missing: (object) => void run.unread.push(`object ${object} of git`),
  });
  const names = ['cat-file', '--batch-all-objects', '--batch', '--unordered', '--buffer'];
  try {
    for await (const piece of git.pieces(...names)) {
      read(piece);
      counts.bytes += piece.length;
      run.onProgress?.({ phase: 'history', done: counts.objects - before, total, bytes: counts.bytes });
    }
  } catch (error) {
    // What is broken must not hide what was found in the rest.
    if (!(error instanceof ScanError)) throw error;
    run.unread.push(error.message);
  }
  return found;
}

async function countObjects(git: Git): Promise<number> {
  let count = 0;
  const names = ['cat-file', '--batch-all-objects', '--batch-check=', '--unordered', '--buffer'];
  for await (const piece of git.pieces(...names)) count += newlinesIn(piece);
  return count;
}

function newlinesIn(piece: Buffer): number {
  let count = 0;
  for (const byte of piece) if (byte === 0x0a) count += 1;
  return count;
}

async function report(
  { object, type, matches }: FoundObject,
  { commit, path }: Location,
  repository: string,
  git: Git,
  run: ScanRun,
): Promise<void> {
  const offsets = matches.map(({ offset }) => offset);
  const lines = await countLines(git.pieces('cat-file', type, object), offsets);
  for (const [at, match] of matches.entries()) {
    const place: Place = {
      kind: 'object',
      repository,
      object,
      type,
      ...(commit !== undefined && { commit }),
      ...(path !== undefined && { path }),
      line: lines[at] as number,
    };
    run.findings.add(match, place);
  }
}
