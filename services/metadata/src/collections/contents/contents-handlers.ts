import { bytes, type Handlers, isProblem, json, type KeyCaller, type Problem, refuse } from '@keyward/guard';
import type { DocumentDeps } from '../../documents/document-deps.ts';
import { entityTag } from '../../documents/entity-tags.ts';
import { findCollection } from '../find-collection.ts';
import { collectionCar } from './collection-car.ts';
import { type CollectionDirectory, collectionDirectory, type Export } from './collection-directory.ts';
import type { contentsContract } from './contents-contract.ts';

export function contentsHandlers(deps: DocumentDeps): Handlers<typeof contentsContract> {
  return {
    async readDirectory({ params, query: { profile, names } }, context) {
      const found = await directoryOf(deps, context, params.id, { profile, naming: names });
      if (isProblem(found)) return found;
      return json(200, {
        cid: found.cid,
        profile,
        names,
        files: found.files.length,
        total_bytes: found.totalBytes,
        sharded: found.isSharded,
        base_uri: `ipfs://${found.cid}/`,
      });
    },

    async readCar({ params, query: { profile, names } }, context) {
      const found = await directoryOf(deps, context, params.id, { profile, naming: names });
      if (isProblem(found)) return found;
      return bytes(200, collectionCar(deps.database, found, profile), {
        'content-type': 'application/vnd.ipld.car; version=1',
        'content-disposition': `attachment; filename="${found.cid}.car"`,
        etag: entityTag(`${found.cid}.car`),
      });
    },
  };
}

async function directoryOf(
  { database }: DocumentDeps,
  context: { caller: KeyCaller; audited(...ids: string[]): void },
  idOrName: string,
  wanted: Export,
): Promise<CollectionDirectory | Problem> {
  const collection = await findCollection(database.orm, context.caller, idOrName);
  if (collection === undefined) return refuse('not_found');
  context.audited(collection.id);
  return collectionDirectory(database, collection, wanted);
}
