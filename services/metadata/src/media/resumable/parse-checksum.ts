export const checksumAlgorithms = ['sha1', 'sha256'] as const;

/** What a chunk must hash to. */
export interface Checksum {
  readonly algorithm: (typeof checksumAlgorithms)[number];
  readonly digest: Buffer;
}

/** Reads an Upload-Checksum header (tus 1.0.0); `malformed` for another algorithm or form. */
export function parseChecksum(header: string | undefined): Checksum | 'malformed' | undefined {
  if (header === undefined) return undefined;
  const [, name, encoded = ''] = /^(\S+) ([A-Za-z0-9+/]+={0,2})$/.exec(header.trim()) ?? [];
  const algorithm = checksumAlgorithms.find((known) => known === name);
  return algorithm ? { algorithm, digest: Buffer.from(encoded, 'base64') } : 'malformed';
}
