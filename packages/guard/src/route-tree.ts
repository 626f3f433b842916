/** What was found for a path, and what stands in it for the parameters, still percent-encoded. */
export interface Found<Value> {
  readonly value: Value;
  readonly params: Readonly<Record<string, string>>;
}

interface Leaf<Value> {
  readonly value: Value;
  /** Of the parameters, from left to right. */
  readonly names: readonly string[];
}

interface Branch<Value> {
  readonly words: Map<string, Branch<Value>>;
  parameter: Branch<Value> | undefined;
  leaf: Leaf<Value> | undefined;
  /** Takes all that follows. */
  rest: Leaf<Value> | undefined;
}

const parameter = /^:([a-z_]+)(\{\.\+\})?$/;

/**
 * Values by patterns of paths, segment by segment: a word, a parameter (`:id`) or, as the last one, a parameter that takes
 * all that follows (`:path{.+}`). In each place a word goes before a parameter, in whatever order they were added, and a
 * parameter before one that takes the rest. No parameter is empty.
 */
export class RouteTree<Value> {
  readonly #root: Branch<Value> = newBranch();

  /** False when the pattern is there already, under whatever names. Throws on one that cannot be read. */
  add(pattern: string, value: Value): boolean {
    const names: string[] = [];
    let branch = this.#root;
    const segments = pattern.slice(1).split('/');
    for (const [at, segment] of segments.entries()) {
      const [, name, takesRest] = parameter.exec(segment) ?? [];
      if (name === undefined) {
        if (/[:{]/.test(segment)) throw new Error(`${pattern} has a parameter of no known form`);
        branch = childOf(branch.words, segment);
        continue;
      }
      names.push(name);
      if (takesRest !== undefined) {
        if (at < segments.length - 1) throw new Error(`${pattern} goes on behind what takes the rest`);
        if (branch.rest !== undefined) return false;
        branch.rest = { value, names };
        return true;
      }
      branch.parameter ??= newBranch();
      branch = branch.parameter;
    }
    if (branch.leaf !== undefined) return false;
    branch.leaf = { value, names };
    return true;
  }

  find(path: string): Found<Value> | undefined {
    const captured: string[] = [];
    const leaf = search(this.#root, path, 1, captured);
    if (leaf === undefined) return undefined;
    const params: Record<string, string> = {};
    for (let at = 0; at < captured.length; at += 1) params[leaf.names[at] as string] = captured[at] as string;
    return { value: leaf.value, params };
  }
}

/** From the segment that begins at `from`. It visits no branch twice, so a path costs no more than there are branches. */
function search<Value>(
  branch: Branch<Value>,
  path: string,
  from: number,
  captured: string[],
): Leaf<Value> | undefined {
  if (from > path.length) return branch.leaf;
  const slash = path.indexOf('/', from);
  const end = slash < 0 ? path.length : slash;
  const segment = path.slice(from, end);
  const word = branch.words.get(segment);
  const byWord = word && search(word, path, end + 1, captured);
  if (byWord !== undefined || segment === '') return byWord;
  const before = captured.length;
  if (branch.parameter !== undefined) {
    captured.push(segment);
    const byParameter = search(branch.parameter, path, end + 1, captured);
    if (byParameter !== undefined) return byParameter;
    captured.length = before;
  }
  if (branch.rest !== undefined) captured.push(path.slice(from));
  return branch.rest;
}

function childOf<Value>(words: Branch<Value>['words'], word: string): Branch<Value> {
  let child = words.get(word);
  if (child === undefined) {
    child = newBranch();
    words.set(word, child);
  }
  return child;
}

function newBranch<Value>(): Branch<Value> {
  return { words: new Map(), parameter: undefined, leaf: undefined, rest: undefined };
}
