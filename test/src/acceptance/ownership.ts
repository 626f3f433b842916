import type { Keyward } from '../product/keyward.ts';
import type { Visitor } from './visitor.ts';

export interface Operation {
  readonly method: string;
  readonly path: string;
  /** The scopes and roles in the operation's own words; undefined for routes without a key. */
  readonly isOperators: boolean;
  readonly takesKey: boolean;
  readonly contentType: string | undefined;
}

interface OpenApi {
  readonly paths: Record<
    string,
    Record<
      string,
      { tags: string[]; security: unknown[]; requestBody?: { content: Record<string, unknown> } }
    >
  >;
}

/** Every operation, from the routes' own declarations: a new route is covered without a line here. */
export async function operationsOf(keyward: Keyward): Promise<Operation[]> {
  const { paths } = (await (await keyward.fetch('/openapi.json')).json()) as OpenApi;
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      isOperators: operation.tags.includes('control'),
      takesKey: operation.security.length > 0,
      contentType: Object.keys(operation.requestBody?.content ?? {})[0],
    })),
  );
}

/** The ids of everything that a visitor's lists show. */
export async function objectsOf(owner: Visitor, operations: readonly Operation[]): Promise<string[]> {
  const ids = new Set<string>();
  for (const { path } of ownLists(operations)) {
    const response = await owner.send('GET', path);
    // Exports are lists as well, of lines.
    if (!response.headers.get('content-type')?.startsWith('application/json')) continue;
    const answer = (await response.json()) as { data?: { id?: string }[] };
    for (const { id } of answer.data ?? []) if (id !== undefined) ids.add(id);
  }
  return [...ids];
}

/** What a visitor sees of the objects, to be compared before and after. */
export async function snapshot(
  owner: Visitor,
  operations: readonly Operation[],
  ids: readonly string[],
): Promise<unknown[]> {
  const seen: unknown[] = [];
  for (const { path, takesKey } of withId(operations).filter(({ method }) => method === 'GET')) {
    if (!takesKey) continue;
    for (const id of ids) {
      const answer = await owner.send('GET', fill(path, id));
      if (answer.status === 200) seen.push([path, id, answer.headers.get('etag'), await answer.text()]);
    }
  }
  return seen;
}

/** Tries every route with an id on every object; `other` lists what was answered with anything but 404. */
export async function tryEverything(
  stranger: Visitor,
  operations: readonly Operation[],
  ids: readonly string[],
) {
  const other: string[] = [];
  let tried = 0;
  for (const { method, path, contentType } of withId(operations)) {
    for (const id of ids) {
      const answer = await stranger.send(
        method,
        fill(path, id),
        contentType === undefined ? undefined : { name: 'mine now' },
        contentType,
      );
      tried += 1;
      if (answer.status !== 404)
        other.push(`${method} ${path} ${id}: ${answer.status} ${await answer.text()}`);
    }
  }
  // Lists show a stranger nothing of it either.
  for (const { path } of ownLists(operations)) {
    const text = await (await stranger.send('GET', path)).text();
    tried += 1;
    for (const id of ids) if (text.includes(id)) other.push(`GET ${path} shows ${id}`);
  }
  return { tried, other };
}

const ownLists = (operations: readonly Operation[]) =>
  operations.filter(
    ({ method, path, isOperators, takesKey }) =>
      method === 'GET' && takesKey && !isOperators && !path.includes('{'),
  );

const withId = (operations: readonly Operation[]) =>
  operations.filter(({ path, isOperators }) => path.includes('{') && !isOperators);

const fill = (path: string, id: string) => path.replaceAll(/\{[a-z_]+\}/g, id);
