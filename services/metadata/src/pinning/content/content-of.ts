import { isProblem } from '@keyward/guard';
import { and, eq, isNull } from 'drizzle-orm';
import { collectionCar } from '../../collections/contents/collection-car.ts';
import { collectionDirectory } from '../../collections/contents/collection-directory.ts';
import { collections } from '../../documents/tables.ts';
import type { PinningDeps } from '../pinning-deps.ts';
import type { PinRow } from '../pins-table.ts';
import { type CarSource, carSource } from './car-source.ts';
import { documentSource } from './document-source.ts';
import { mediaSource } from './media-source.ts';

type Pinned = Pick<PinRow, 'kind' | 'objectId' | 'cid' | 'profile' | 'naming'>;

/**
 * What a pin's object is now, as a CAR: of a collection its newest content, which may have another CID than the pin's.
 * Undefined: it is gone, or cannot be exported.
 */
export async function contentOf(
  deps: Pick<PinningDeps, 'database' | 'store'>,
  pin: Pinned,
): Promise<CarSource | undefined> {
  if (pin.kind === 'document') return documentSource(deps.database, pin);
  if (pin.kind === 'media') return mediaSource(deps, pin.objectId);
  const { database } = deps;
  const [collection] = await database.orm
    .select()
    .from(collections)
    .where(and(eq(collections.id, pin.objectId), isNull(collections.deletedAt)));
  if (collection === undefined) return undefined;
  const directory = await collectionDirectory(database, collection, pin);
  if (isProblem(directory) || directory.files.length === 0) return undefined;
  return carSource(directory.cid, () => collectionCar(database, directory, pin.profile));
}
