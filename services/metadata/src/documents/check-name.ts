import type { Findings } from './findings.ts';
import { type JsonObject, member } from './json-object.ts';

// Control characters, and the embeddings, overrides and isolates that turn the reading direction (V3). The mere
// marks stay: names in Arabic and Hebrew need them.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const deceptive = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

/** Finds a name that would not look like what it is. */
export function checkName(document: JsonObject, errors: Findings): void {
  const name = member(document, 'name');
  if (typeof name === 'string' && deceptive.test(name)) {
    errors.add('/name', 'must not hold control or direction-override characters');
  }
}
