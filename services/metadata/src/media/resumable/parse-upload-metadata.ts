/**
 * Reads an Upload-Metadata header (tus 1.0.0): pairs of a key and a Base64 value, separated by commas. Undefined when it
 * is not of that form, names a key twice, or holds what is no UTF-8.
 */
export function parseUploadMetadata(header: string | undefined): ReadonlyMap<string, string> | undefined {
  const values = new Map<string, string>();
  if (header === undefined || header.trim() === '') return values;
  for (const pair of header.split(',')) {
    const [key = '', encoded = '', ...more] = pair.trim().split(' ');
    if (!/^[\x21-\x2b\x2d-\x7e]+$/.test(key) || values.has(key) || more.length > 0) return undefined;
    const value = decode(encoded);
    if (value === undefined) return undefined;
    values.set(key, value);
  }
  return values;
}

function decode(encoded: string): string | undefined {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(encoded)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(encoded, 'base64'));
  } catch {
    return undefined;
  }
}
