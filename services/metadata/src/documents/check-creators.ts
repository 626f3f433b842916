import type { Findings } from './findings.ts';
import { isJsonObject, type JsonObject, member } from './json-object.ts';

const creatorsMax = 5;

/** Finds creators' shares that no chain would take (N2): integers that sum to 100, of at most 5 creators. */
export function checkCreators(document: JsonObject, errors: Findings): void {
  checkList('/creators', member(document, 'creators'), errors);
  const properties = member(document, 'properties');
  if (isJsonObject(properties)) checkList('/properties/creators', member(properties, 'creators'), errors);
}

function checkList(pointer: string, creators: unknown, errors: Findings): void {
  if (!Array.isArray(creators)) return;
  const shares = creators.map((creator) => (isJsonObject(creator) ? member(creator, 'share') : undefined));
  // Lists of names or addresses without shares are other formats' and mean something else.
  if (shares.every((share) => share === undefined)) return;
  if (creators.length > creatorsMax) errors.add(pointer, `may name ${creatorsMax} creators at most`);
  let sum = 0;
  for (const [index, share] of shares.entries()) {
    if (typeof share === 'number' && Number.isInteger(share) && share >= 0 && share <= 100) sum += share;
    else errors.add(`${pointer}/${index}/share`, 'must be an integer from 0 to 100');
  }
  if (sum !== 100) errors.add(pointer, `has shares that sum to ${sum}; they must sum to 100`);
}
