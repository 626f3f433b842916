import { lastTabAt } from '../copy-lines.ts';
import { personalColumns } from '../leaf.ts';
import type { TreeHash } from '../merkle.ts';

/** A row of the log beside its leaf; one of them may be missing. Its buffers are views of the line. */
export interface JoinedRow {
  readonly seq: number;
  readonly leafEntryId: string;
  readonly leafCreatedAt: string;
  readonly leaf: TreeHash | undefined;
  /** 16 bytes as latin1. */
  readonly salt: string | undefined;
  readonly commitment: TreeHash | undefined;
  readonly hasRow: boolean;
  readonly tx: bigint;
  readonly id: string;
  readonly createdAtMs: number;
  readonly open: Buffer;
  readonly personal: Buffer;
  readonly personalIsBlank: boolean;
}

const nothing = '\\N';
const blank = Buffer.from(personalColumns.map(() => nothing).join('\t'));

/** Reads a line of: seq, entry_id, created_at, leaf, salt, commitment (in hexadecimal), tx, open part, personal part. */
export function readJoinedRow(line: Buffer): JoinedRow {
  let from = 0;
  const next = (): string => {
    const end = line.indexOf(9, from);
    const text = line.toString('latin1', from, end);
    from = end + 1;
    return text;
  };
  const [seq, leafEntryId, leafCreatedAt] = [next(), next(), next()];
  const [leaf, salt, commitment, tx] = [hashOf(next()), hashOf(next()), hashOf(next()), next()];
  const personalFrom = lastTabAt(line, personalColumns.length) + 1;
  const open = line.subarray(from, personalFrom - 1);
  const personal = line.subarray(personalFrom);
  const hasRow = tx !== nothing;
  return {
    seq: Number(seq),
    leafEntryId,
    leafCreatedAt,
    leaf,
    salt,
    commitment,
    hasRow,
    open,
    personal,
    get tx() {
      return BigInt(tx);
    },
    get createdAtMs() {
      return Date.parse(`${open.toString('latin1', 0, open.indexOf(9)).replace(' ', 'T')}:00`);
    },
    get id() {
      const [, id = ''] = open.toString('utf8').split('\t', 2);
      return id;
    },
    get personalIsBlank() {
      return personal.equals(blank);
    },
  };
}

function hashOf(hexadecimal: string): string | undefined {
  return hexadecimal === nothing ? undefined : Buffer.from(hexadecimal, 'hex').toString('latin1');
}
