/** An entry of an archive, and the leaf that what stands there comes to. */
export interface ArchivedLeaf {
  readonly seq: number;
  readonly id: string;
  /** 32 bytes; undefined when what stands there is damaged. */
  readonly leaf: Uint8Array | undefined;
  /** Its personal fields were erased. */
  readonly isErased: boolean;
}

/** Where the rows of some months are that `audit_logs` no longer holds. */
export interface LeafSource {
  /** Such as `2026-01`. Every leaf of these months that has no row must be in here. */
  readonly months: ReadonlySet<string>;
  /** All of them, in any order. */
  leaves(): AsyncIterable<ArchivedLeaf>;
  /** What was done to an archive, in words, when that is what `leaves` has thrown. */
  faultOf(error: unknown): string | undefined;
}
