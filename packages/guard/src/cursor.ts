import { z } from 'zod';
import { moment } from './moment.ts';

// Forged ones reach SQL too: only moments that we could have written, and ids of our alphabet.
const contentSchema = z.strictObject({
  at: moment,
  id: z.string().regex(/^[0-9A-Za-z_-]{1,64}$/),
});

/** Where a page of a list ends, as opaque text. */
export function writeCursor(last: { id: string; createdAt: Date }): string {
  return Buffer.from(JSON.stringify({ at: last.createdAt.toISOString(), id: last.id })).toString('base64url');
}

/** A `cursor` parameter: what `writeCursor` made, or 422. */
export const cursorSchema = z
  .string()
  .max(300)
  .transform((text, context) => {
    try {
      const { at, id } = contentSchema.parse(JSON.parse(Buffer.from(text, 'base64url').toString()));
      return { id, createdAt: new Date(at) };
    } catch {
      context.addIssue({ code: 'custom', message: 'must be the next_cursor of an answer' });
      return z.NEVER;
    }
  });

/** `{ data, next_cursor }` of one row more than the page holds. */
export function page<Row extends { id: string; createdAt: Date }, Item>(
  rows: readonly Row[],
  limit: number,
  present: (row: Row) => Item,
): { data: Item[]; next_cursor: string | null } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    // Of the row alone: an index must not become a parameter that `present` may be given.
    data: shown.map((row) => present(row)),
    next_cursor: rows.length > limit && last !== undefined ? writeCursor(last) : null,
  };
}
