import type { Orm, Transaction } from '../../database/database.ts';
import { findUser } from '../../people/user.ts';
import { type Problem, refuse } from '../../reply.ts';
import type { KeySelection } from '../schema.ts';
import type { EmergencySelection } from './emergency-selection.ts';

/** The selection with the owner's id in it. 422 for an empty one that does not say `all`; 404 for an unknown owner. */
export async function resolveSelection(
  orm: Orm | Transaction,
  { owner, all, ...rest }: EmergencySelection,
): Promise<KeySelection | Problem> {
  const given = Object.entries(rest).filter(([, value]) => value !== undefined);
  const isNarrow = owner !== undefined || given.length > 0;
  // Every key by an empty object would be an accident waiting for its day.
  if (!isNarrow && all !== true)
    return refuse('invalid_request', { detail: 'Say which keys to stop, or say that all are meant.' });
  if (isNarrow && all === true)
    return refuse('invalid_request', { detail: 'Either all keys, or those of a selection.' });
  if (owner === undefined) return Object.fromEntries(given);
  const user = await findUser(orm, owner);
  if (user === undefined) return refuse('not_found', { detail: `There is no person ${owner}.` });
  return { ...Object.fromEntries(given), userId: user.id };
}
