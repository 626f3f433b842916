/** Where a key was seen. */
export type Place =
  | { readonly kind: 'file'; readonly path: string; readonly line: number }
  | {
      readonly kind: 'object';
      /** Folder of the repository. */
      readonly repository: string;
      readonly object: string;
      readonly type: ObjectType;
      /** The oldest commit that holds it; undefined when no commit does. */
      readonly commit?: string;
      /** Its path in that commit. */
      readonly path?: string;
      readonly line: number;
    };

export type ObjectType = 'blob' | 'commit' | 'tag' | 'tree';

/** A key that was seen somewhere. `text` is the full key: what leaves this process shows it masked. */
export interface Sighting {
  readonly text: string;
  /** `own`: the checksum is ours. `lookalike`: it is not. `unchecked`: nobody could tell. */
  readonly verdict: Verdict;
  readonly place: Place;
}

export type Verdict = 'own' | 'lookalike' | 'unchecked';
