import { type Problem, refuse } from '@keyward/guard';
import { canonicalize } from '../content-identifiers/canonicalize.ts';
import { blockBytesMax, documentCid } from '../content-identifiers/document-cid.ts';
import type { Finding } from './findings.ts';
import { inspectDocument } from './inspect-document.ts';
import { type JsonObject, member } from './json-object.ts';

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
}

const sortNameLength = 128;

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
    sortName: [...name.slice(0, 2 * sortNameLength)].slice(0, sortNameLength).join(''),
    searchText: `${name}\n${textOf(document, 'description')}`,
  };
}

function textOf(document: JsonObject, field: string): string {
  const value = member(document, field);
  return typeof value === 'string' ? value : '';
}
