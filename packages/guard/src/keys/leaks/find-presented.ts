import { isProblem, type Problem } from '../../reply.ts';
import type { KeyFinder } from '../key-finder.ts';
import type { StoredKey } from '../stored-key.ts';

/**
 * The stored keys that the texts are, by text; a text that is none has no entry. An invented one costs no look-up (K1).
 * A refusal when that may not be found out now.
 */
export async function findPresented(
  finders: readonly KeyFinder[],
  texts: readonly string[],
  clientAddress: string,
): Promise<ReadonlyMap<string, StoredKey> | Problem> {
  const found = new Map<string, StoredKey>();
  for (const text of new Set(texts)) {
    const row = await finders.find((finder) => finder.canBe(text))?.find(text, clientAddress);
    if (row === undefined) continue;
    if (isProblem(row)) return row;
    found.set(text, row);
  }
  return found;
}
