/** The import profiles of IPIP-0499: they decide which identifier the same bytes get. */
export const profiles = ['unixfs-v1-2025', 'unixfs-v0-2015'] as const;
export type Profile = (typeof profiles)[number];

export interface Block {
  readonly cid: string;
  readonly bytes: Uint8Array;
}

/** A directory becomes a tree of shards beyond this many bytes, reckoned by the profile's own rule. */
export const shardBeyondBytes = 256 * 1024;
