import { isJsonObject, type JsonObject } from '../json-object.ts';

/** One step of a JSON Patch (RFC 6902). */
export type PatchOperation =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string };

/** Steps beyond this say less than the whole new value does. */
export const operationsMax = 1_000;

/**
 * The JSON Patch (RFC 6902) that makes `to` of `from`, by pointer. Members of objects are compared by name, items of lists
 * by place. Where more than 1,000 steps were needed, it is one: the whole value.
 */
export function diffJson(from: unknown, to: unknown): PatchOperation[] {
  const operations: PatchOperation[] = [];
  compare('', from, to, operations);
  return operations.length <= operationsMax ? operations : [{ op: 'replace', path: '', value: to }];
}

function compare(path: string, from: unknown, to: unknown, operations: PatchOperation[]): void {
  if (from === to || operations.length > operationsMax) return;
  if (Array.isArray(from) && Array.isArray(to)) compareLists(path, from, to, operations);
  else if (isJsonObject(from) && isJsonObject(to)) compareObjects(path, from, to, operations);
  else operations.push({ op: 'replace', path, value: to });
}

function compareObjects(path: string, from: JsonObject, to: JsonObject, operations: PatchOperation[]): void {
  for (const key of Object.keys(from)) {
    if (!Object.hasOwn(to, key)) operations.push({ op: 'remove', path: `${path}/${escaped(key)}` });
  }
  for (const [key, value] of Object.entries(to)) {
    const place = `${path}/${escaped(key)}`;
    if (Object.hasOwn(from, key)) compare(place, from[key], value, operations);
    else operations.push({ op: 'add', path: place, value });
  }
}

function compareLists(
  path: string,
  from: readonly unknown[],
  to: readonly unknown[],
  operations: PatchOperation[],
): void {
  const common = Math.min(from.length, to.length);
  for (let index = 0; index < common; index++) {
    compare(`${path}/${index}`, from[index], to[index], operations);
  }
  // From the end, so that each place still means what it meant.
  for (let index = from.length - 1; index >= common; index--) {
    operations.push({ op: 'remove', path: `${path}/${index}` });
  }
  for (let index = common; index < to.length; index++) {
    operations.push({ op: 'add', path: `${path}/${index}`, value: to[index] });
  }
}

function escaped(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
