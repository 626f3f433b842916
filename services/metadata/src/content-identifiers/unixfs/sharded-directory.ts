import { setImmediate } from 'node:timers/promises';
import type { PBLink } from '@ipld/dag-pb';
import { murmur3128 } from '@multiformats/murmur3';
import { UnixFS } from 'ipfs-unixfs';
import { type DagPbBlock, dagPbBlock } from './dag-pb-block.ts';
import type { Block, Profile } from './profile.ts';

/** A link and the hash of its name. */
export interface HashedLink {
  readonly link: PBLink;
  readonly hash: Uint8Array;
}

const fanout = 256;
const hashBytes = 8;
// Murmur3 can be made to collide; names that do so all the way down are made for nothing else.
const levelsMax = 64;
const murmur3x64 = 0x22n;

/**
 * A shard with all shards below it, as UnixFS' HAMT has them: a name lies where the bytes of its hash lead, one byte for
 * each level, as far as it takes to be alone. The blocks are added to `blocks`, each after those below it.
 */
export async function shardedDirectory(
  entries: readonly HashedLink[],
  profile: Profile,
  blocks: Block[],
  level = 0,
): Promise<DagPbBlock> {
  if (level >= levelsMax) throw new RangeError('file names collide in the directory');
  const slots = new Map<number, HashedLink[]>();
  for (const entry of await hashedFor(entries, level)) {
    const slot = entry.hash[level % hashBytes] as number;
    const others = slots.get(slot);
    if (others === undefined) slots.set(slot, [entry]);
    else others.push(entry);
  }
  const links: PBLink[] = [];
  for (const slot of [...slots.keys()].sort((a, b) => a - b)) {
    const within = slots.get(slot) ?? [];
    const label = slot.toString(16).toUpperCase().padStart(2, '0');
    const [only] = within;
    if (within.length === 1 && only !== undefined) {
      links.push({ ...only.link, Name: `${label}${only.link.Name}` });
    } else {
      const shard = await shardedDirectory(within, profile, blocks, level + 1);
      links.push({ Name: label, Hash: shard.cid, Tsize: shard.totalBytes });
    }
  }
  const block = dagPbBlock(shardHeader([...slots.keys()]), links, profile);
  blocks.push({ cid: block.cid.toString(), bytes: block.bytes });
  if (level <= 1) await setImmediate();
  return block;
}

/** The first 64 bits of the 128-bit Murmur3 of a name; further ones come of the name and their number. */
export async function hashName(name: string, round: number): Promise<Uint8Array> {
  const content = Buffer.from(name);
  const seeded = round === 0 ? content : Buffer.concat([content, Uint8Array.of(round)]);
  return (await murmur3128.encode(seeded)).slice(0, hashBytes);
}

async function hashedFor(entries: readonly HashedLink[], level: number): Promise<readonly HashedLink[]> {
  if (level === 0 || level % hashBytes !== 0) return entries;
  const round = level / hashBytes;
  return Promise.all(
    entries.map(async ({ link }) => ({ link, hash: await hashName(link.Name ?? '', round) })),
  );
}

/** Which of the slots are taken, as a bit field: the first slot is the lowest bit of its last byte. */
function shardHeader(slots: readonly number[]): UnixFS {
  const field = new Uint8Array(fanout / 8);
  for (const slot of slots) {
    const at = field.length - 1 - (slot >> 3);
    field[at] = (field[at] as number) | (1 << (slot & 7));
  }
  const leading = field.findIndex((byte) => byte !== 0);
  const data = field.slice(Math.max(leading, 0));
  return new UnixFS({ type: 'hamt-sharded-directory', data, fanout: BigInt(fanout), hashType: murmur3x64 });
}
