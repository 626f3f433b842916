import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { isProblem } from '../../reply.ts';
import type { KeyFinder } from '../key-finder.ts';
import { type KeyStatus, keyStatus } from '../key-state.ts';
import { findPresented } from '../leaks/find-presented.ts';
import { showKey } from '../list-keys.ts';
import type { Sighting } from './sighting.ts';

/** A key that was seen and that the database knows. */
export interface IdentifiedKey {
  readonly id: string;
  readonly ownerId: string;
  readonly status: KeyStatus;
}

/** Whose the seen keys are, by their text; one that the database does not know (any more) has no entry. */
export async function identifySightings(
  deps: { readonly database: Database; readonly finders: readonly KeyFinder[]; readonly clock: Clock },
  sightings: readonly Sighting[],
): Promise<Map<string, IdentifiedKey>> {
  const identified = new Map<string, IdentifiedKey>();
  const texts = new Set(sightings.filter(({ verdict }) => verdict === 'own').map(({ text }) => text));
  for (const text of texts) {
    const found = await findPresented(deps.finders, [text], '127.0.0.1');
    const id = isProblem(found) ? undefined : found.get(text)?.id;
    const key = id === undefined ? undefined : await showKey(deps.database.orm, id);
    if (key !== undefined)
      identified.set(text, { id: key.id, ownerId: key.userId, status: keyStatus(key, deps.clock.now()) });
  }
  return identified;
}
