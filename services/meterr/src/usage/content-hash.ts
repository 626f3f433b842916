import { hash } from 'node:crypto';

/**
 * SHA-256 of what was sent, whatever the order of its fields. Two submissions under one event id are the same event
 * only if their hashes are equal (T3).
 */
export function contentHash(content: unknown): Buffer {
  return hash('sha256', canonical(content), 'buffer');
}

/** JSON with the members of every object sorted by name. */
function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  let members = '';
  for (const name of Object.keys(value).sort()) {
    const member = (value as Readonly<Record<string, unknown>>)[name];
    if (member === undefined) continue;
    members += `${members === '' ? '' : ','}${JSON.stringify(name)}:${canonical(member)}`;
  }
  return `{${members}}`;
}
