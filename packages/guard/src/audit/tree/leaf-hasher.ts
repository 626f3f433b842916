import { hash } from 'node:crypto';
import { hashBytes, saltBytes } from './leaf.ts';
import type { TreeHash } from './merkle.ts';

const tab = 9;

/** `commitmentTo` and `leafHash` without a new buffer for each: for millions of rows. */
export class LeafHasher {
  #scratch = Buffer.alloc(4096);

  /** SHA-256(salt ‖ personal). `salt` as latin1, 16 characters. */
  commitment(salt: string, personal: Uint8Array): TreeHash {
    const bytes = saltBytes + personal.length;
    const scratch = this.#ofAtLeast(bytes);
    scratch.write(salt, 0, 'latin1');
    scratch.set(personal, saltBytes);
    return hash('sha256', scratch.subarray(0, bytes), 'binary');
  }

  /** SHA-256(0x00 ‖ open ‖ tab ‖ commitment). */
  leaf(open: Uint8Array, commitment: TreeHash): TreeHash {
    const bytes = 2 + open.length + hashBytes;
    const scratch = this.#ofAtLeast(bytes);
    scratch[0] = 0x00;
    scratch.set(open, 1);
    scratch[1 + open.length] = tab;
    scratch.write(commitment, 2 + open.length, 'latin1');
    return hash('sha256', scratch.subarray(0, bytes), 'binary');
  }

  #ofAtLeast(bytes: number): Buffer {
    if (this.#scratch.length < bytes) this.#scratch = Buffer.alloc(bytes * 2);
    return this.#scratch;
  }
}
