import { LeafHasher } from '../leaf-hasher.ts';
import type { TreeHash } from '../merkle.ts';
import type { FindingList } from './findings.ts';
import type { JoinedRow } from './joined-row.ts';

interface Altered {
  readonly seq: number;
  readonly id: string;
  readonly open: Buffer;
  readonly personal: Buffer;
  readonly salt: string | undefined;
  readonly leaf: TreeHash | undefined;
}

/** So many are compared with each other; beyond, each is named by itself. */
const comparedMax = 200;

/** Rows that are not as they should be, until it is known what was done to them. */
export class Suspects {
  readonly #findings: FindingList;
  readonly #altered: Altered[] = [];
  readonly #removed = new Map<string, number>();
  readonly #inserted = new Map<string, string>();

  constructor(findings: FindingList) {
    this.#findings = findings;
  }

  altered({ seq, leafEntryId: id, open, personal, salt, leaf }: JoinedRow): void {
    if (this.#altered.length >= comparedMax) this.#findings.add({ kind: 'row_altered', seq, id });
    else
      this.#altered.push({ seq, id, open: Buffer.from(open), personal: Buffer.from(personal), salt, leaf });
  }

  removed(seq: number, id: string): void {
    if (this.#removed.size >= comparedMax) this.#findings.add({ kind: 'row_removed', seq, id });
    else this.#removed.set(id, seq);
  }

  inserted(id: string, why: string): void {
    if (this.#inserted.size >= comparedMax) this.#findings.add({ kind: 'row_inserted', id, why });
    else this.#inserted.set(id, why);
  }

  end(): void {
    for (const each of this.#altered) {
      const isMoved = this.#altered.some((other) => other !== each && isLeafOf(each, other));
      this.#findings.add({ kind: isMoved ? 'reordered' : 'row_altered', seq: each.seq, id: each.id });
    }
    for (const [id, seq] of this.#removed) {
      // Its moment was changed: so it found its leaf no more.
      const isThere = this.#inserted.delete(id);
      this.#findings.add({ kind: isThere ? 'row_altered' : 'row_removed', seq, id });
    }
    for (const [id, why] of this.#inserted) this.#findings.add({ kind: 'row_inserted', id, why });
  }
}

const hasher = new LeafHasher();

/** Whether the row of one is what was sequenced under the number of the other. */
function isLeafOf(row: Altered, other: Altered): boolean {
  if (other.salt === undefined) return false;
  const leaf = hasher.leaf(row.open, hasher.commitment(other.salt, row.personal));
  return leaf === other.leaf || leaf === row.leaf;
}
