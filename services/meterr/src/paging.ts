import { type Problem, refuse } from '@keyward/guard';
import { isId } from './fields.ts';

/** Where a page ended: newest first by time, then by id. */
export interface Position {
  readonly atMs: number;
  readonly id: string;
}

/** Opaque to clients. */
export function encodeCursor({ atMs, id }: Position): string {
  return Buffer.from(`${atMs}.${id}`).toString('base64url');
}

/** Undefined without a cursor; a refusal for one that we did not make. */
export function decodeCursor(cursor: string | undefined): Position | undefined | Problem {
  if (cursor === undefined) return undefined;
  const [, at, id] = /^(\d{1,15})\.(.+)$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (at !== undefined && id !== undefined && isId(id)) return { atMs: Number.parseInt(at, 10), id };
  return refuse('invalid_request', {
    errors: [{ pointer: 'query/cursor', message: 'Use the next_cursor of an earlier answer' }],
  });
}

/** `rows` is one more than `limit` when there is more. */
export function page<T>(
  rows: readonly T[],
  limit: number,
  positionOf: (row: T) => Position,
): { rows: readonly T[]; nextCursor: string | null } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const nextCursor = rows.length > limit && last !== undefined ? encodeCursor(positionOf(last)) : null;
  return { rows: shown, nextCursor };
}

const dayMs = 86_400_000;

/** Midnight UTC of `YYYY-MM-DD`. */
export function startOfDay(date: string): Date {
  return new Date(`${date}T00:00:00Z`);
}

/** Midnight UTC after `YYYY-MM-DD`: the first moment that is no longer that day. */
export function endOfDay(date: string): Date {
  return new Date(startOfDay(date).getTime() + dayMs);
}
