import { parseJson } from './parse-json.ts';

/**
 * The value of JSON that we stored, which is well-formed. Throws on any other text.
 * V8's `JSON.parse` may take an escaped key for a key of an earlier text (nodejs/node#63785), and whoever sends us JSON
 * could arrange that: only text without escapes is read by it.
 */
export function readStoredJson(text: string): unknown {
  if (!text.includes('\\')) return JSON.parse(text);
  const parsed = parseJson(Buffer.from(text), { depthMax: 1_000 });
  // What our own limits would refuse today may have been stored by an administrative change of our own.
  return parsed.ok ? parsed.value : JSON.parse(text);
}
