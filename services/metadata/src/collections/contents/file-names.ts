/** How a collection's tokens are named as files: what a contract's base URI, or `{id}`, leads to. */
export const fileNaming = ['decimal', 'decimal.json', 'hex', 'hex.json'] as const;
export type FileNaming = (typeof fileNaming)[number];

/** The file of a token. `hex`: 64 lower-case digits, as ERC-1155 puts for `{id}`. `tokenId` is decimal. */
export function tokenFileName(tokenId: string, naming: FileNaming): string {
  const name = naming.startsWith('hex') ? BigInt(tokenId).toString(16).padStart(64, '0') : tokenId;
  return naming.endsWith('.json') ? `${name}.json` : name;
}

/** The file of the contract's metadata (ERC-7572). */
export function contractFileName(naming: FileNaming): string {
  return naming.endsWith('.json') ? 'contract.json' : 'contract';
}
