import { openColumns } from '../tree/leaf.ts';
import { arrayElements, copyField } from './copy-fields.ts';
import type { Month } from './month.ts';

const place = (column: (typeof openColumns)[number]): number => openColumns.indexOf(column);
const userId = place('user_id');
const action = place('action');
const objectType = place('object_type');
const objectIds = place('object_ids');

/** The entry of an erasure says whom it was about, and nothing about them. */
const erasure = 'users.erase';

/**
 * Whose keys the personal fields of a row stand under, sorted: of who acted, and of the people it was done to, since
 * before and after are theirs. The month's own when it is nobody's. `open`: the fields of the open part as COPY wrote
 * them. The same people as `keyward_erase_person` looks for.
 */
export function rowSubjects(open: readonly string[], month: Month): string[] {
  const people = new Set<string>();
  const actor = copyField(open[userId] ?? '\\N');
  if (actor !== null) people.add(actor);
  const objects =
    open[objectType] === 'user' && open[action] !== erasure ? copyField(open[objectIds] ?? '\\N') : null;
  for (const person of arrayElements(objects ?? '{}')) people.add(person);
  return people.size === 0 ? [`month:${month}`] : [...people].sort().map((person) => `user:${person}`);
}
