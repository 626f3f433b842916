import { type Handlers, isProblem, json, type Problem, type Reply } from '@keyward/guard';
import type { DocumentDeps } from '../../documents/document-deps.ts';
import { presentCollection } from '../present-collection.ts';
import { type CollectionMoved, deleteCollection } from './delete-collection.ts';
import type { deletedCollectionsContract } from './deleted-collections-contract.ts';
import { restoreCollection } from './restore-collection.ts';

export function deletedCollectionsHandlers(deps: DocumentDeps): Handlers<typeof deletedCollectionsContract> {
  return {
    deleteCollection: async ({ params }, context) =>
      answer(await deleteCollection(deps, context.caller, params.id), context),

    restoreCollection: async ({ params }, context) =>
      answer(await restoreCollection(deps, context.caller, params.id), context),
  };
}

function answer(moved: CollectionMoved | Problem, context: { audited(...ids: string[]): void }): Reply {
  if (isProblem(moved)) return moved;
  const { row, documents } = moved;
  context.audited(row.id);
  return json(200, { ...presentCollection(row), documents });
}
