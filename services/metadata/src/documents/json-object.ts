export type JsonObject = { readonly [key: string]: unknown };

/** Whether a parsed JSON value is an object. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A member of the object itself, never of its prototype. */
export function member(object: JsonObject, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** The object of these members; also of one named `__proto__`, which an assignment would lose (V2). */
export function objectOf(members: Iterable<readonly [string, unknown]>): JsonObject {
  return Object.fromEntries(members);
}

/** A JSON Pointer (RFC 6901) one step further; a key beyond 100 characters is cut, so that answers stay short. */
export function pointerTo(parent: string, key: string | number): string {
  return `${parent}/${String(key).slice(0, 100).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
