import { isJsonObject, type JsonObject, member, objectOf } from './json-object.ts';

/** Applies a JSON Merge Patch (RFC 7396). Changes neither argument; depth is bounded by the JSON parser. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isJsonObject(patch)) return patch;
  const current: JsonObject = isJsonObject(target) ? target : {};
  const merged = new Map<string, unknown>(Object.entries(current));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key);
    else merged.set(key, mergePatch(member(current, key), value));
  }
  return objectOf(merged);
}
