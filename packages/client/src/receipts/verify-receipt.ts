import { equal, fromBase64, toBase64 } from './bytes.ts';
import { rootByPath } from './inclusion.ts';
import { leafOf } from './leaf.ts';
import { openCheckpoint } from './open-checkpoint.ts';
import { InvalidReceiptError, type Receipt, readReceipt } from './receipt.ts';

/** What a receipt proves. */
export interface ProvenEntry {
  /** The fields of the entry as PostgreSQL writes them as text, times in UTC. */
  readonly entry: Readonly<Record<string, string | null>>;
  /** Address, user agent, and the state before and after; undefined where the receipt holds only a commitment. */
  readonly personal: Readonly<Record<string, string | null>> | undefined;
  /** The number of the entry in the log. */
  readonly seq: number;
  /** The state of the log that was signed; the log held `size` entries then. */
  readonly checkpoint: {
    readonly origin: string;
    readonly number: number;
    readonly size: number;
    /** In base64. */
    readonly root: string;
    readonly signedAt: Date;
  };
}

/**
 * Checks a receipt of `GET /v1/audit/proof/:request_id` without any server: that the entry is the leaf `seq` of the log
 * which the checkpoint was signed over, by the key `vkey` (`name+hash+base64`, from `keyward audit key`; keep your own copy
 * of it). Several keys may be given, as one follows another. Throws `InvalidReceiptError`, which says what does not hold.
 */
export async function verifyReceipt(receipt: unknown, ...vkeys: string[]): Promise<ProvenEntry> {
  const sound: Receipt = readReceipt(receipt);
  const checkpoint = await openCheckpoint(sound.checkpoint, vkeys);
  if (sound.seq >= checkpoint.size) throw new InvalidReceiptError('the checkpoint does not cover the entry');
  const leaf = await leafOf(sound);
  const proof = sound.proof.map((hash) => fromBase64(hash, 32));
  const root = await rootByPath(leaf, sound.seq, checkpoint.size, proof);
  if (root === undefined || !equal(root, checkpoint.root)) {
    throw new InvalidReceiptError('the entry is not in the log that the checkpoint was signed over');
  }
  return {
    entry: sound.entry,
    personal: 'fields' in sound.personal ? sound.personal.fields : undefined,
    seq: sound.seq,
    checkpoint: { ...checkpoint, root: toBase64(checkpoint.root) },
  };
}
