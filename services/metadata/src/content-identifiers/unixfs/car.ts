import { CID } from 'multiformats/cid';
import type { Block } from './profile.ts';

/** The first bytes of a CAR (version 1) with one root: DAG-CBOR of `{roots: [root], version: 1}` behind its length. */
export function carHeader(root: string): Uint8Array {
  const cid = CID.parse(root).bytes;
  // A CID in CBOR is tag 42 around a byte string that begins with a zero byte.
  const link = Buffer.concat([Uint8Array.of(0xd8, 0x2a, 0x58, cid.byteLength + 1, 0), cid]);
  const header = Buffer.concat([
    Uint8Array.of(0xa2, 0x65),
    Buffer.from('roots'),
    Uint8Array.of(0x81),
    link,
    Uint8Array.of(0x67),
    Buffer.from('version'),
    Uint8Array.of(0x01),
  ]);
  return Buffer.concat([varint(header.byteLength), header]);
}

/** A block as it stands in a CAR: its length, its CID, its bytes. */
export function carBlock({ cid, bytes }: Block): Uint8Array {
  const name = CID.parse(cid).bytes;
  return Buffer.concat([varint(name.byteLength + bytes.byteLength), name, bytes]);
}

/** Unsigned LEB128. */
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return Uint8Array.from([...bytes, rest]);
}
