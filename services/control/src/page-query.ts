import { cursorSchema } from '@keyward/guard';
import { z } from 'zod';

export const idParams = z.strictObject({ id: z.string().min(1).max(64) });

/** The query of every list: a page of at most 1,000, from where the last one ended. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: cursorSchema.optional(),
};

export function listOf(schema: z.ZodType) {
  return z.object({ data: z.array(schema).max(1000), next_cursor: z.string().max(300).nullable() });
}
