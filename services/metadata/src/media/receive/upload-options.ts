import { type Problem, refuse } from '@keyward/guard';
import { z } from 'zod';

/** How a file is to be kept; in the query, in form fields, or both when they agree. */
export const uploadOptions = z.strictObject({
  visibility: z.enum(['private', 'public']).optional(),
  preserve: z.enum(['true', 'false']).optional(),
});

export type UploadOptions = z.output<typeof uploadOptions>;

/** The options of an upload, from its query and its form fields. Refuses unknown fields and contradictions. */
export function mergeUploadOptions(
  query: UploadOptions,
  fields: ReadonlyMap<string, string>,
): { visibility: 'private' | 'public'; preserve: boolean } | Problem {
  const form = uploadOptions.safeParse(Object.fromEntries(fields));
  if (!form.success) {
    return refuse('invalid_request', {
      errors: form.error.issues.map((issue) => ({
        pointer: `/${issue.path.join('/')}`,
        message: issue.message,
      })),
    });
  }
  for (const name of ['visibility', 'preserve'] as const) {
    if (query[name] !== undefined && form.data[name] !== undefined && query[name] !== form.data[name]) {
      const message = 'The query says something else than the form.';
      return refuse('invalid_request', { errors: [{ pointer: `/${name}`, message }] });
    }
  }
  const options = { ...query, ...form.data };
  return { visibility: options.visibility ?? 'private', preserve: options.preserve === 'true' };
}
