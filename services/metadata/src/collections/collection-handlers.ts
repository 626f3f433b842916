import { type Handlers, isProblem, json, refuse } from '@keyward/guard';
import type { DocumentDeps } from '../documents/document-deps.ts';
import type { collectionsContract } from './collections-contract.ts';
import { findCollection } from './find-collection.ts';
import { listCollections } from './list-collections.ts';
import { presentCollection } from './present-collection.ts';
import { publishCollection } from './publish-collection.ts';

export function collectionHandlers(deps: DocumentDeps): Handlers<typeof collectionsContract> {
  return {
    listCollections: ({ query }, { caller }) => listCollections(deps, caller, query),

    async readCollection({ params }, context) {
      const found = await findCollection(deps.database.orm, context.caller, params.id);
      if (found === undefined) return refuse('not_found');
      context.audited(found.id);
      return json(200, presentCollection(found));
    },

    async publishCollection({ params }, context) {
      const published = await publishCollection(deps, context.caller, params.id);
      if (isProblem(published)) return published;
      context.audited(published.id);
      return json(200, presentCollection(published));
    },
  };
}
