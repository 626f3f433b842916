import { type Problem, refuse } from '@keyward/guard';
import { tagsField } from '../fields.ts';

export const tagsHeader = 'x-meterr-tags';

/** Ten tags of 64 and 200 characters, each at most twelve bytes when percent-encoded, and room for `=` and `,`. */
export const tagsHeaderCharactersMax = 8_000;

/**
 * The tags of a call by its header: `team=a,feature=b`, names and values percent-encoded (RFC 3986, 2.1) where they hold
 * a comma, an equals sign, a space or what is not ASCII. The bounds are those of `tags` in usage events.
 */
export function callTags(header: string | null): Readonly<Record<string, string>> | null | Problem {
  if (header === null || header.trim() === '') return null;
  const tags = new Map<string, string>();
  for (const item of header.split(',')) {
    const equals = item.indexOf('=');
    const name = decoded(item.slice(0, equals).trim());
    const value = decoded(item.slice(equals + 1).trim());
    if (equals < 0 || name === undefined || value === undefined)
      return wrong('Must be such as team=a,feature=b, percent-encoded');
    if (tags.has(name)) return wrong('A tag is given twice');
    tags.set(name, value);
  }
  // A name such as __proto__ is a name like others.
  const parsed = tagsField.safeParse(Object.fromEntries(tags));
  return parsed.success ? parsed.data : wrong('At most 10 tags, names to 64 characters, values to 200');
}

function decoded(text: string): string | undefined {
  try {
    const value = decodeURIComponent(text);
    // PostgreSQL stores no NUL (V2).
    return value.includes('\0') ? undefined : value;
  } catch {
    return undefined;
  }
}

function wrong(message: string): Problem {
  return refuse('invalid_request', {
    detail: `header/${tagsHeader}: ${message}.`,
    errors: [{ pointer: `header/${tagsHeader}`, message }],
  });
}
