import type { z } from 'zod';
import type { HeaderSource } from '../header-source.ts';
import { type FieldError, type Problem, refuse } from '../reply.ts';
import type { RouteRequest } from '../route.ts';
import { fieldErrors } from './field-errors.ts';

export interface ValidParts {
  readonly params: unknown;
  readonly query: unknown;
  readonly headers: unknown;
}

// PostgreSQL stores no NUL, and no honest client sends one (V2). In the path it was refused before.
const nulInQuery = refuse('malformed_request', { detail: 'The query holds a NUL.' });
const undecodable = refuse('invalid_path', { detail: 'The path holds an invalid percent-encoding.' });

/** Validates everything of a request but its body (V1). 400 for syntax, 422 for content. */
export function validateParts(
  request: RouteRequest,
  params: Readonly<Record<string, string>>,
  search: string,
  headers: HeaderSource,
): ValidParts | Problem {
  if (search !== '' && /%00/.test(search)) return nulInQuery;
  const errors: FieldError[] = [];
  const path = request.params === undefined ? undefined : decodeParams(params);
  if (path === null) return undecodable;
  const valid = {
    params: path && check(request.params, path, 'path', errors),
    query: checkQuery(request.query, search, errors),
    headers: request.headers && check(request.headers, pick(request.headers, headers), 'header', errors),
  };
  return errors.length === 0 ? valid : refuse('invalid_request', { detail: summary(errors), errors });
}

/** The first error in words, and how many more there are. */
export function summary(errors: readonly FieldError[]): string {
  const [first] = errors;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  return first === undefined
    ? 'The request is invalid.'
    : `${first.pointer || 'The body'}: ${first.message}${more}`;
}

function check(schema: z.ZodType | undefined, value: unknown, part: string, errors: FieldError[]): unknown {
  const result = schema?.safeParse(value);
  if (result === undefined || result.success) return result?.data;
  errors.push(...fieldErrors(result.error, part));
  return undefined;
}

function checkQuery(schema: z.ZodObject | undefined, search: string, errors: FieldError[]): unknown {
  if (schema === undefined && search.length <= 1) return undefined;
  const values: Record<string, string> = Object.create(null);
  for (const [name, value] of new URLSearchParams(search)) {
    if (schema === undefined || !Object.hasOwn(schema.shape, name)) {
      errors.push({ pointer: `query/${name.slice(0, 100)}`, message: 'is not a parameter of this route' });
    } else if (Object.hasOwn(values, name)) {
      errors.push({ pointer: `query/${name}`, message: 'is given twice' });
    }
    values[name] = value;
  }
  return errors.length === 0 ? check(schema, { ...values }, 'query', errors) : undefined;
}

function decodeParams(params: Readonly<Record<string, string>>): Record<string, string> | null {
  const decoded: Record<string, string> = {};
  try {
    for (const [name, value] of Object.entries(params)) {
      decoded[name] = value.includes('%') ? decodeURIComponent(value) : value;
    }
  } catch {
    return null;
  }
  return decoded;
}

function pick(schema: z.ZodObject, headers: HeaderSource): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const name of Object.keys(schema.shape)) {
    const value = headers.get(name);
    if (typeof value === 'string') picked[name] = value;
  }
  return picked;
}
