import { randomBytes } from 'node:crypto';
import type { ClientBase } from 'pg';
import { copyLines, lastTabAt, tabAt } from '../copy-lines.ts';
import type { Frontier } from '../frontier.ts';
import { personalColumns, saltBytes } from '../leaf.ts';
import { LeafHasher } from '../leaf-hasher.ts';

/** Rows as leaves, in the lines of COPY. */
export interface NewLeaves {
  readonly count: number;
  /** The transaction of the last row. */
  readonly lastTx: bigint | undefined;
  /** seq, entry_id, created_at, leaf_hash */
  readonly leaves: Buffer;
  /** seq, salt */
  readonly salts: Buffer;
}

const hasher = new LeafHasher();

/** Reads the rows that `copy` sends and appends a leaf for each to the tree. */
export async function makeLeaves(client: ClientBase, copy: string, frontier: Frontier): Promise<NewLeaves> {
  const first = frontier.size;
  const leaves: string[] = [];
  const salts: string[] = [];
  let lastTx: bigint | undefined;
  for await (const lines of copyLines(client, copy)) {
    const random = randomBytes(lines.length * saltBytes).toString('latin1');
    for (const [at, line] of lines.entries()) {
      const salt = random.slice(at * saltBytes, (at + 1) * saltBytes);
      const open = tabAt(line, 1) + 1;
      const personal = lastTabAt(line, personalColumns.length) + 1;
      const commitment = hasher.commitment(salt, line.subarray(personal));
      const leaf = hasher.leaf(line.subarray(open, personal - 1), commitment);
      leaves.push(leafLine(frontier.size, line, open, leaf));
      salts.push(`${frontier.size}\t${hex(salt)}\n`);
      frontier.append(leaf);
    }
    const last = lines.at(-1);
    if (last !== undefined) lastTx = BigInt(last.toString('latin1', 0, tabAt(last, 1)));
  }
  return {
    count: frontier.size - first,
    lastTx,
    leaves: Buffer.from(leaves.join(''), 'latin1'),
    salts: Buffer.from(salts.join(''), 'latin1'),
  };
}

// The row's own bytes, which COPY has escaped and takes again as they are.
function leafLine(seq: number, line: Buffer, open: number, leaf: string): string {
  const endOfMoment = line.indexOf(9, open);
  const endOfId = line.indexOf(9, endOfMoment + 1);
  const createdAt = line.toString('latin1', open, endOfMoment);
  const id = line.toString('latin1', endOfMoment + 1, endOfId);
  return `${seq}\t${id}\t${createdAt}\t${hex(leaf)}\n`;
}

/** bytea in COPY's text form, where a backslash is written twice. */
function hex(latin1: string): string {
  return `\\\\x${Buffer.from(latin1, 'latin1').toString('hex')}`;
}
