import { hash } from 'node:crypto';
import { isJsonObject, type JsonObject, member } from './json-object.ts';

/** More attributes than this are kept and shown, but not found by. */
const attributesMax = 1_000;

/**
 * What a document is found by: a digest for each trait that it has, and for each trait with its value. Digests, since a
 * value may be longer than an index takes. Attributes may be a list or a map (N2).
 */
export function traitsOf(document: JsonObject): string[] {
  const digests = new Set<string>();
  for (const [trait, value] of attributesOf(document).slice(0, attributesMax)) {
    digests.add(traitDigest(trait));
    const text = valueText(value);
    if (text !== undefined) digests.add(traitDigest(trait, text));
  }
  return [...digests];
}

/** The digest of a trait, or of a trait with a value as text: 96 bits. */
export function traitDigest(trait: string, value?: string): string {
  const content = JSON.stringify(value === undefined ? [trait] : [trait, value]);
  // In one call: a hash object each costs more than the hashing, and most of what the collector then has to do.
  return hash('sha256', content, 'base64url').slice(0, 16);
}

function attributesOf(document: JsonObject): (readonly [string, unknown])[] {
  const attributes = member(document, 'attributes');
  if (isJsonObject(attributes)) return Object.entries(attributes);
  if (!Array.isArray(attributes)) return [];
  return attributes.flatMap((attribute: unknown) => {
    const trait = isJsonObject(attribute) ? member(attribute, 'trait_type') : undefined;
    return typeof trait === 'string' ? [[trait, member(attribute as JsonObject, 'value')] as const] : [];
  });
}

function valueText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? JSON.stringify(value) : undefined;
}
