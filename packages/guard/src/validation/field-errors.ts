import type { z } from 'zod';
import type { FieldError } from '../reply.ts';

// Enough to correct a request; a body of a million wrong fields must not become an answer of a million lines.
const errorsMax = 50;

/** What Zod found, as pointers and sentences (RFC 6901; `part` is empty for the body, else `query`, `path`, `header`). */
export function fieldErrors(error: z.ZodError, part: '' | string): FieldError[] {
  return error.issues.slice(0, errorsMax).flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys')
      return [{ pointer: pointer(part, issue.path), message: issue.message }];
    return issue.keys
      .slice(0, errorsMax)
      .map((key) => ({ pointer: pointer(part, [...issue.path, key]), message: 'is not a known field' }));
  });
}

function pointer(part: string, path: readonly PropertyKey[]): string {
  const segments = path.map((segment) =>
    String(segment).slice(0, 100).replaceAll('~', '~0').replaceAll('/', '~1'),
  );
  if (part !== '') return [part, ...segments].join('/');
  return segments.map((segment) => `/${segment}`).join('');
}
