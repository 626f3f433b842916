/** Something that was done to the audit log. Numbers of entries are those of their leaves. */
export type TreeFinding =
  /** The row is not the one that was sequenced. */
  | { readonly kind: 'row_altered'; readonly seq: number; readonly id: string }
  | { readonly kind: 'row_removed'; readonly seq: number; readonly id: string }
  /** A row that has no leaf and must have one. */
  | { readonly kind: 'row_inserted'; readonly id: string; readonly why: string }
  /** The row belongs to the leaf of another number. */
  | { readonly kind: 'reordered'; readonly seq: number; readonly id: string }
  /** Neither the salt of its personal fields nor their erasure is there: the row cannot be verified. */
  | { readonly kind: 'salt_removed'; readonly seq: number; readonly id: string }
  /** An archive does not hold the entry as it was sequenced. */
  | { readonly kind: 'archive_altered'; readonly seq: number; readonly id: string }
  /** A whole archive is not what was written; `why` names it. */
  | { readonly kind: 'archive_unsound'; readonly why: string }
  | { readonly kind: 'leaf_removed'; readonly from: number; readonly to: number }
  /** Leaves `from` to `to`, or their order, are not those that the checkpoint was signed over. */
  | {
      readonly kind: 'leaves_altered';
      readonly from: number;
      readonly to: number;
      readonly checkpoint: number;
    }
  | { readonly kind: 'tile_altered'; readonly tile: number }
  /** The end is missing: a checkpoint was signed over more leaves than there are. */
  | {
      readonly kind: 'truncated';
      readonly leaves: number;
      readonly signed: number;
      readonly checkpoint: number;
    }
  | { readonly kind: 'checkpoint_missing'; readonly from: number; readonly to: number }
  | { readonly kind: 'checkpoint_altered'; readonly number: number; readonly why: string }
  | { readonly kind: 'checkpoint_foreign'; readonly from: number; readonly to: number }
  /** The copy outside holds other checkpoints of these numbers: the log was put back and went on. */
  | { readonly kind: 'checkpoint_replaced'; readonly from: number; readonly to: number }
  /** The copy outside holds newer checkpoints than the database: an older state was put back. */
  | { readonly kind: 'rolled_back'; readonly newest: number; readonly outside: number; readonly size: number }
  | { readonly kind: 'state_altered'; readonly why: string };

/** A finding as a sentence. */
export function findingInWords(finding: TreeFinding): string {
  switch (finding.kind) {
    case 'row_altered':
      return `Entry ${finding.seq} (${finding.id}) was altered.`;
    case 'row_removed':
      return `Entry ${finding.seq} (${finding.id}) was removed.`;
    case 'row_inserted':
      return `The row ${finding.id} was inserted: ${finding.why}.`;
    case 'reordered':
      return `Entry ${finding.seq} (${finding.id}) was moved: it was sequenced with another number.`;
    case 'salt_removed':
      return `Entry ${finding.seq} (${finding.id}) cannot be verified: its salt was removed, and it was not erased.`;
    case 'archive_altered':
      return `Entry ${finding.seq} (${finding.id}) is not in its archive as it was sequenced.`;
    case 'archive_unsound':
      return `${finding.why[0]?.toUpperCase()}${finding.why.slice(1)}.`;
    case 'leaf_removed':
      return `The leaves ${finding.from} to ${finding.to} were removed.`;
    case 'leaves_altered':
      return `The leaves ${finding.from} to ${finding.to}, or their order, are not those that checkpoint ${finding.checkpoint} was signed over.`;
    case 'tile_altered':
      return `The stored root of leaves ${finding.tile * 256} to ${finding.tile * 256 + 255} was altered; the leaves themselves are as they were signed.`;
    case 'truncated':
      return `The end was cut off: checkpoint ${finding.checkpoint} was signed over ${finding.signed} leaves, ${finding.leaves} are there.`;
    case 'checkpoint_missing':
      return `The checkpoints ${finding.from} to ${finding.to} were removed.`;
    case 'checkpoint_altered':
      return `Checkpoint ${finding.number} was altered: ${finding.why}.`;
    case 'checkpoint_foreign':
      return `The checkpoints ${finding.from} to ${finding.to} are not signed by the given key.`;
    case 'checkpoint_replaced':
      return `The checkpoints ${finding.from} to ${finding.to} are others than those outside: an older state of the log was put back, and it went on from there.`;
    case 'rolled_back':
      return `An older state of the log was put back, or its end was cut off: outside there is checkpoint ${finding.outside} over ${finding.size} leaves, here ${finding.newest} is the newest.`;
    case 'state_altered':
      return `The sequencer's state was altered: ${finding.why}.`;
  }
}

/** Keeps the first so many and counts the rest: whoever alters everything must not fill our memory. */
export class FindingList {
  readonly #max: number;
  readonly #found: TreeFinding[] = [];
  #leftOff = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get found(): readonly TreeFinding[] {
    return this.#found;
  }

  get leftOff(): number {
    return this.#leftOff;
  }

  add(finding: TreeFinding): void {
    if (this.#found.length < this.#max) this.#found.push(finding);
    else this.#leftOff += 1;
  }
}
