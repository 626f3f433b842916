import type { Problem } from '../reply.ts';
import type { StoredKey } from './stored-key.ts';

/** Finds the stored key that a text is, for one kind of texts. */
export interface KeyFinder {
  /** Whether the text may be a key of this kind. No look-up: an invented key ends here (K1, K13). */
  canBe(text: string): boolean;
  /**
   * The stored key whose hash the text matches, alive or dead; undefined when there is none; a refusal when that may
   * not be found out now. Rejects when the store is away.
   */
  find(text: string, clientAddress: string): Promise<StoredKey | Problem | undefined>;
}
