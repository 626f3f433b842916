import { randomUUID } from 'node:crypto';
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

/**
 * Tries every route with an id on every object; `other` lists what was not answered as an id that nobody has is: with 404,
 * or with what the request itself lacks on that route, whoever asks.
 */
export async function tryEverything(
  stranger: Visitor,
  operations: readonly Operation[],
  ids: readonly string[],
) {
  const other: string[] = [];
  let tried = 0;
  for (const operation of withId(operations)) {
    const nobodys = new Set([
      await answered(stranger, operation, randomUUID()),
      await answered(stranger, operation, 'zzzzzzzzzzzzzzzz'),
    ]);
    for (const id of ids) {
      tried += 1;
      const answer = await answered(stranger, operation, id);
      if (answer !== '404 not_found' && (!nobodys.has(answer) || answer.startsWith('2')))
        other.push(`${operation.method} ${operation.path} ${id}: ${answer}`);
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

/** Status and code. */
async function answered(
  stranger: Visitor,
  { method, path, contentType }: Operation,
  id: string,
): Promise<string> {
  const body = contentType === undefined ? undefined : { name: 'mine now' };
  const answer = await stranger.send(method, fill(path, id), body, contentType);
  const text = await answer.text();
  const code = /"code":"([a-z_]+)"/.exec(text)?.[1];
  return `${answer.status} ${code ?? ''}`.trim();
}

const ownLists = (operations: readonly Operation[]) =>
  operations.filter(
    ({ method, path, isOperators, takesKey }) =>
      method === 'GET' && takesKey && !isOperators && !path.includes('{'),
  );

const withId = (operations: readonly Operation[]) =>
  operations.filter(({ path, isOperators }) => path.includes('{') && !isOperators);

/** A version is a number, and each has a first one. */
const fill = (path: string, id: string) => path.replace('{version}', '1').replaceAll(/\{[a-z_]+\}/g, id);
