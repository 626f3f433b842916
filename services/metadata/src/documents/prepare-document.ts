import { type Problem, refuse } from '@keyward/guard';
import { canonicalize } from '../content-identifiers/canonicalize.ts';
import { blockBytesMax, documentCid } from '../content-identifiers/document-cid.ts';
import type { Finding } from './findings.ts';
import { inspectDocument } from './inspect-document.ts';
import { type JsonObject, member } from './json-object.ts';
import { traitsOf } from './traits-of.ts';

/** A document as it is kept: what is pinned, served and named is `canonical`, byte for byte (N4). */
export interface PreparedDocument {
  readonly document: JsonObject;
  readonly canonical: string;
  readonly canonicalBytes: number;
  readonly cid: string;
  readonly standards: readonly string[];
  readonly warnings: readonly Finding[];
  /** What lists are sorted by: the first 128 characters of the name, empty where there is none. */
  readonly sortName: string;
  readonly searchText: string;
  readonly traits: readonly string[];
}

const sortNameLength = 128;
/** Characters of name and description that a search looks at. */
const searchTextLength = 4_000;

/** Validates, spells and canonicalizes a document, and names its content; or says what is wrong (422). */
export function prepareDocument(value: unknown): PreparedDocument | Problem {
  const { document, standards, errors, warnings } = inspectDocument(value);
  if (errors.length > 0) return refuse('invalid_request', { errors });
  const canonical = canonicalize(document);
  const content = Buffer.from(canonical);
  if (content.byteLength > blockBytesMax) {
    const message = `has ${content.byteLength} bytes in canonical form; ${blockBytesMax} are the most`;
    return refuse('invalid_request', { errors: [{ pointer: '', message }] });
  }
  const name = textOf(document, 'name');
  return {
    document,
    canonical,
    canonicalBytes: content.byteLength,
    cid: documentCid(content),
    standards,
    warnings,
    sortName: beginning(name, sortNameLength),
    searchText: beginning(`${name}\n${textOf(document, 'description')}`, searchTextLength).toLowerCase(),
    traits: traitsOf(document),
  };
}

/** At most so many characters of a text, none of them cut in half. */
function beginning(text: string, charactersMax: number): string {
  return text.length <= charactersMax
    ? text
    : [...text.slice(0, 2 * charactersMax)].slice(0, charactersMax).join('');
}

function textOf(document: JsonObject, field: string): string {
  const value = member(document, field);
  return typeof value === 'string' ? value : '';
}
