import { isDefect, parseJsonStrictly } from './parse-json-strictly.ts';
import { surveyJson } from './parse-json-survey.ts';

export interface ParseJsonOptions {
  /** Levels of arrays and objects. Default 32 (V2). */
  readonly depthMax?: number;
  /**
   * The code for JSON that says more than is taken: nested too deep, or a number that a double does not hold.
   * Default `malformed_json`, 400 (V2); documents, which keep what they are sent, say `invalid_request`, 422 (N2).
   */
  readonly beyondLimits?: 'malformed_json' | 'invalid_request';
}

export type ParsedJson =
  | { readonly ok: true; readonly value: unknown }
  | {
      readonly ok: false;
      readonly code: 'malformed_json' | 'invalid_request';
      /** JSON Pointer (RFC 6901) to what is wrong, or to the value around it. */
      readonly pointer: string;
      readonly message: string;
    };

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Parses a JSON text strictly (V2, RFC 7493): valid UTF-8, no duplicate keys, no NUL or lone surrogates, nesting
 * and numbers within limits. Keys such as `__proto__` are members like all others and change no prototype.
 *
 * `JSON.parse` does the work. One pass over the bytes counts the members as written: fewer in the result means
 * that a key stood twice. Only a text that fails one of these tests is read again, slowly, for what and where.
 * Keys with escapes are always read slowly: V8 may take one for a key of an earlier text (nodejs/node#63785).
 */
export function parseJson(bytes: Uint8Array, options: ParseJsonOptions = {}): ParsedJson {
  const depthMax = options.depthMax ?? 32;
  const survey = surveyJson(bytes);
  const text = survey.isAscii ? latin1(bytes) : decoded(bytes);
  if (text === undefined) return malformed('Not valid UTF-8');
  if (survey.depth <= depthMax && survey.numbersFit && !survey.hasEscapedKeys) {
    const parsed = parsedNatively(text);
    const count = survey.hasUnicodeEscapes ? countCleanMembers : countMembers;
    if (parsed && count(parsed.value) === survey.members) return parsed;
  }
  const read = parseJsonStrictly(text, depthMax);
  if (!isDefect(read)) return { ok: true, value: read.value };
  const code = read.kind === 'syntax' ? 'malformed_json' : (options.beyondLimits ?? 'malformed_json');
  return { ok: false, code, pointer: read.pointer, message: read.message };
}

function malformed(message: string): ParsedJson {
  return { ok: false, code: 'malformed_json', pointer: '', message };
}

function parsedNatively(text: string): { readonly ok: true; readonly value: unknown } | undefined {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** Members of all objects within. Depth is bounded by the survey. */
function countMembers(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) count += countMembers(value[index]);
    return count;
  }
  for (const key in value) {
    count++;
    const member = (value as Record<string, unknown>)[key];
    if (typeof member === 'object') count += countMembers(member);
  }
  return count;
}

/** The same, but not a number when a key or string holds NUL or a lone surrogate, so that it equals no count. */
function countCleanMembers(value: unknown): number {
  if (typeof value === 'string') return isClean(value) ? 0 : Number.NaN;
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) count += countCleanMembers(item);
    return count;
  }
  for (const key in value) {
    count += isClean(key) ? 1 : Number.NaN;
    count += countCleanMembers((value as Record<string, unknown>)[key]);
  }
  return count;
}

function isClean(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

function decoded(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}
