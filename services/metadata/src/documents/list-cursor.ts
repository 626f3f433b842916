import { z } from 'zod';

export const listSorts = ['created_at', 'updated_at', 'name'] as const;
export const listOrders = ['asc', 'desc'] as const;

/** Where a page ended: the last document's place in the order that was asked for. */
export interface ListCursor {
  readonly sort: (typeof listSorts)[number];
  readonly order: (typeof listOrders)[number];
  /** An RFC 3339 time, or a name of at most 128 characters. */
  readonly value: string;
  readonly id: string;
}

const time = z.iso.datetime().regex(/^[12]/);
const cursorContent = z
  .tuple([z.enum(listSorts), z.enum(listOrders), z.string().max(256), z.string().max(64)])
  .refine(([sort, , value]) => sort === 'name' || time.safeParse(value).success)
  .refine(([, , value, id]) => !`${value}${id}`.includes('\0'));

/** The cursor as opaque text. */
export function writeListCursor({ sort, order, value, id }: ListCursor): string {
  return Buffer.from(JSON.stringify([sort, order, value, id])).toString('base64url');
}

/** A `cursor` parameter: what `writeListCursor` made, or 422. */
export const listCursorSchema = z
  .string()
  .min(1)
  .max(2_000)
  .transform((text, context): ListCursor => {
    try {
      const content = JSON.parse(Buffer.from(text, 'base64url').toString()) as unknown;
      const [sort, order, value, id] = cursorContent.parse(content);
      return { sort, order, value, id };
    } catch {
      context.addIssue({ code: 'custom', message: 'must be the next_cursor of an answer' });
      return z.NEVER;
    }
  });
