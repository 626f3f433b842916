import type { Git } from './git.ts';
import { ScanError } from './scan-error.ts';

export interface Location {
  readonly commit?: string;
  readonly path?: string;
}

const walked = /^([0-9a-f]{40,64})(?: (.*))?$/s;

/**
 * Where the blobs and trees stand: the oldest commit that has each, and its path there. What is only staged has a path and
 * no commit; what nothing reaches is not in the map. One walk through history for all of them.
 */
export async function locateObjects(
  git: Git,
  objects: ReadonlySet<string>,
): Promise<ReadonlyMap<string, Location>> {
  const found = new Map<string, Location>();
  let commit: string | undefined;
  // Plumbing: unlike git log it takes no orders from the repository's configuration, such as to run a gpg program.
  const walk = git.lines(
    'rev-list',
    '--objects',
    '--in-commit-order',
    '--topo-order',
    '--reverse',
    '--missing=allow-any',
    '--all',
    '--reflog',
    '--indexed-objects',
  );
  try {
    for await (const line of walk) {
      const [, object, path] = walked.exec(line) ?? [];
      if (object === undefined) continue;
      // Objects have a name or, the root trees, an empty one.
      if (path === undefined) commit = object;
      else if (objects.has(object) && !found.has(object))
        found.set(object, { ...(commit !== undefined && { commit }), ...(path !== '' && { path }) });
    }
  } catch (error) {
    // History with holes: what was met before them has its place, the rest is named by its object.
    if (!(error instanceof ScanError)) throw error;
  }
  for (const [object, location] of found) found.set(object, await confirm(git, object, location));
  return found;
}

/** `rev-list` cuts names at a newline, and names a commit also for what is only staged: the tree of the commit knows. */
async function confirm(git: Git, object: string, { commit, path }: Location): Promise<Location> {
  if (commit === undefined || path === undefined) return path === undefined ? {} : { path };
  try {
    const exact =
      (await pathIn(git, object, commit, '--', path)) ?? (await pathIn(git, object, '-r', '-t', commit));
    return exact === undefined ? { path } : { commit, path: exact };
  } catch (error) {
    // A tree that is broken.
    if (!(error instanceof ScanError)) throw error;
    return { commit, path };
  }
}

/** The path of an object in a tree, as `git ls-tree` lists it. */
async function pathIn(git: Git, object: string, ...which: string[]): Promise<string | undefined> {
  let rest = '';
  const decoder = new TextDecoder();
  for await (const piece of git.pieces('ls-tree', '-z', '--full-tree', ...which)) {
    const entries = (rest + decoder.decode(piece, { stream: true })).split('\0');
    rest = entries.pop() as string;
    for (const entry of entries) {
      const tab = entry.indexOf('\t');
      if (entry.slice(0, tab).endsWith(` ${object}`)) return entry.slice(tab + 1);
    }
  }
  return undefined;
}
