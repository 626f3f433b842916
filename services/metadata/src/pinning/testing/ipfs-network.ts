import { createHash } from 'node:crypto';
import { decode } from '@ipld/dag-pb';
import { CID } from 'multiformats/cid';

/** The blocks that all providers of a test can fetch from each other. */
export interface IpfsNetwork {
  readonly blocks: Map<string, Uint8Array>;
  /** Takes the blocks of a CAR in. Resolves with its root; throws when anything about it is wrong. */
  addCar(car: Uint8Array): string;
  /** Whether everything below a CID is there. */
  has(cid: string): boolean;
}

export function createIpfsNetwork(): IpfsNetwork {
  const blocks = new Map<string, Uint8Array>();
  const network: IpfsNetwork = {
    blocks,
    addCar(car) {
      const { root, blocks: added } = readCar(car);
      for (const [cid, bytes] of added) blocks.set(cid, bytes);
      if (!network.has(root)) throw new Error('the CAR is not whole');
      return root;
    },
    has(cid) {
      const bytes = blocks.get(cid);
      if (bytes === undefined) return false;
      const parsed = CID.parse(cid);
      if (parsed.code !== 0x70) return true;
      return decode(bytes).Links.every(({ Hash }) => network.has(Hash.toString()));
    },
  };
  return network;
}

/** A CAR (version 1) as the specification has it, with every block hashed. */
function readCar(car: Uint8Array): { root: string; blocks: Map<string, Uint8Array> } {
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = car[at++];
      if (byte === undefined) throw new Error('the CAR ends too soon');
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  const take = (bytes: number) => {
    if (at + bytes > car.byteLength) throw new Error('the CAR ends too soon');
    at += bytes;
    return car.subarray(at - bytes, at);
  };
  const header = take(varint());
  const link = Buffer.from(header).indexOf(Buffer.from([0xd8, 0x2a, 0x58]));
  const root = CID.decode(header.subarray(link + 5, link + 4 + (header[link + 3] ?? 0))).toString();
  const blocks = new Map<string, Uint8Array>();
  while (at < car.byteLength) {
    const [cid, bytes] = CID.decodeFirst(take(varint()));
    const digest = createHash('sha256').update(bytes).digest();
    if (!digest.equals(cid.multihash.digest)) throw new Error('a block is not what its CID says');
    if (blocks.has(cid.toString())) throw new Error('a block comes twice');
    blocks.set(cid.toString(), Uint8Array.from(bytes));
  }
  return { root, blocks };
}
