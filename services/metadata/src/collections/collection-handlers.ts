import { type Handlers, isProblem, json, type Problem, type Reply, refuse } from '@keyward/guard';
import type { DocumentDeps } from '../documents/document-deps.ts';
import type { CollectionRow } from '../documents/tables.ts';
import type { collectionsContract } from './collections-contract.ts';
import { putContract, readContract } from './contract-metadata.ts';
import { findCollection } from './find-collection.ts';
import { listCollections } from './list-collections.ts';
import { presentCollection } from './present-collection.ts';
import { publishCollection } from './publish-collection.ts';
import { readRefresh } from './refresh/read-refresh.ts';
import { createCollection, updateCollection } from './write-collection.ts';

export function collectionHandlers(deps: DocumentDeps): Handlers<typeof collectionsContract> {
  return {
    listCollections: ({ query }, { caller }) => listCollections(deps, caller, query),

    async createCollection({ body }, context) {
      return answer(201, await createCollection(deps, context.caller, body), context);
    },

    async readCollection({ params }, context) {
      const found = await findCollection(deps.database.orm, context.caller, params.id);
      return answer(200, found ?? refuse('not_found'), context);
    },

    async updateCollection({ params, body }, context) {
      return answer(200, await updateCollection(deps, context.caller, params.id, body), context);
    },

    async publishCollection({ params }, context) {
      return answer(200, await publishCollection(deps, context.caller, params.id), context);
    },

    readContract: ({ params, headers }, { caller }) =>
      readContract(deps, caller, { collection: params.id, ifNoneMatch: headers['if-none-match'] }),

    async putContract({ params, headers, body }, context) {
      const request = { collection: params.id, body, ifMatch: headers['if-match'] };
      const put = await putContract(deps, context.caller, request);
      if (isProblem(put)) return put;
      context.audited(put.id);
      return put.reply;
    },

    readRefresh({ params, query }, { caller }) {
      return readRefresh(deps, caller, { id: params.id, since: new Date(query.since) });
    },
  };
}

function answer(
  status: number,
  found: CollectionRow | Problem,
  context: { audited(...ids: string[]): void },
): Reply {
  if (isProblem(found)) return found;
  context.audited(found.id);
  return json(status, presentCollection(found));
}
