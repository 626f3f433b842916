/** What an element of an array parameter is. */
export type ElementType =
  | 'uuid'
  | 'text'
  | 'bytea'
  | 'timestamptz'
  | 'bigint'
  | 'boolean'
  | 'numeric'
  | 'jsonb';

type Element = string | number | boolean | Buffer | null;

/**
 * An array as PostgreSQL reads it (its documentation, 8.15.6). Only text needs quotes; writing them around numbers and ids
 * took longer than everything else that is done for an event.
 */
export function arrayText(type: ElementType, elements: readonly Element[]): string {
  if (type === 'text' || type === 'jsonb') return `{${elements.map(quoted).join(',')}}`;
  if (type === 'bytea') return `{${elements.map(hexadecimal).join(',')}}`;
  return `{${elements.map((element) => element ?? 'NULL').join(',')}}`;
}

function quoted(element: Element): string {
  if (element === null) return 'NULL';
  const text = String(element);
  return /["\\]/.test(text) ? `"${text.replaceAll(/["\\]/g, '\\$&')}"` : `"${text}"`;
}

function hexadecimal(element: Element): string {
  return Buffer.isBuffer(element) ? `"\\\\x${element.toString('hex')}"` : 'NULL';
}
