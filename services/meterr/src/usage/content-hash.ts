import { createHash } from 'node:crypto';

/**
 * SHA-256 of what was sent, whatever the order of its fields. Two submissions under one event id are the same event
 * only if their hashes are equal (T3).
 */
export function contentHash(content: unknown): Buffer {
  return createHash('sha256').update(canonical(content)).digest();
}

/** JSON with the members of every object sorted by name. */
function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`);
  return `{${members.join(',')}}`;
}
