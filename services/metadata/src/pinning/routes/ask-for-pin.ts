import { isProblem, type KeyCaller, type Problem, refuse } from '@keyward/guard';
import { type Transaction, transact } from '@keyward/guard/database';
import { collectionDirectory } from '../../collections/contents/collection-directory.ts';
import type { FileNaming } from '../../collections/contents/file-names.ts';
import { findCollection, holdCollection } from '../../collections/find-collection.ts';
import type { Profile } from '../../content-identifiers/unixfs/profile.ts';
import { findDocument } from '../../documents/stored-document.ts';
import { findOwnMedia } from '../../media/records/find-media.ts';
import { ownExport } from '../collections/own-export.ts';
import type { PinningDeps } from '../pinning-deps.ts';
import type { PinRow } from '../pins-table.ts';
import { lockObject, requestPins } from '../request-pins.ts';

type Asked = Promise<readonly PinRow[] | Problem>;

/** Asks for pins of a collection; of a draft there are none, since pins are public. */
export async function askForCollection(
  deps: PinningDeps,
  caller: KeyCaller,
  request: { idOrName: string; profile: Profile; naming: FileNaming },
): Asked {
  const refusal = unavailable(deps, caller);
  const collection = await findCollection(deps.database.orm, caller, request.idOrName);
  if (collection === undefined) return refuse('not_found');
  if (refusal !== undefined) return refusal;
  if (collection.publishedAt === null)
    return refuse('conflict', {
      detail: 'The collection is a draft: publish it first, since pins are public.',
    });
  const { profile, naming } = request;
  return ask(deps, caller, { kind: 'collection', objectId: collection.id, profile, naming }, async (tx) => {
    const directory = await collectionDirectory({ orm: tx }, collection, { profile, naming });
    if (isProblem(directory)) return directory;
    if (directory.files.length === 0)
      return refuse('conflict', { detail: 'The collection is empty: put a token into it, then pin it.' });
    // Nobody hands it over or deletes it from here on.
    const held = await holdCollection(tx, caller, collection.id, 'key share');
    return held === undefined ? refuse('not_found') : directory.cid;
  });
}

/** Asks for pins of the newest version of a document. */
export async function askForDocument(deps: PinningDeps, caller: KeyCaller, id: string): Asked {
  const refusal = unavailable(deps, caller);
  const document = await findDocument(deps.database.orm, caller, id);
  if (document === undefined) return refuse('not_found');
  if (refusal !== undefined) return refusal;
  return ask(deps, caller, { kind: 'document', objectId: id, ...ownExport }, async () => document.cid);
}

export async function askForMedia(deps: PinningDeps, caller: KeyCaller, id: string): Asked {
  const refusal = unavailable(deps, caller);
  const file = await findOwnMedia(deps.database, caller, id);
  if (file === undefined) return refuse('not_found');
  if (refusal !== undefined) return refusal;
  return ask(deps, caller, { kind: 'media', objectId: id, ...ownExport }, async () => file.cid);
}

/** Pins cost money and are seen by everybody: test data has none (K5). */
function unavailable({ providers }: PinningDeps, { environment }: KeyCaller): Problem | undefined {
  if (providers.length === 0) return refuse('pinning_unavailable');
  return environment === 'live'
    ? undefined
    : refuse('pinning_unavailable', {
        detail: 'Data of test keys is not pinned: everybody would see it. Use a live key.',
      });
}

/** Those of one owner wait for each other here, not on a connection of the pool that others need (O6). */
function ask(
  deps: PinningDeps,
  { userId, environment }: KeyCaller,
  object: Pick<PinRow, 'kind' | 'objectId' | 'profile' | 'naming'>,
  cidOf: (tx: Transaction) => Promise<string | Problem>,
): Asked {
  const work = async (tx: Transaction) => {
    await lockObject(tx, object.objectId);
    const cid = await cidOf(tx);
    if (isProblem(cid)) return cid;
    return requestPins(tx, deps, { userId, environment, ...object, collectionId: null, cid });
  };
  return deps.inTurn(userId, () => transact(deps.database.orm, work));
}
