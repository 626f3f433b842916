import { type Handlers, isProblem, json } from '@keyward/guard';
import type { DocumentDeps } from '../../documents/document-deps.ts';
import { presentCollection } from '../present-collection.ts';
import { freezeCollection } from './freeze-collection.ts';
import type { freezeCollectionContract } from './freeze-collection-contract.ts';

export function freezeCollectionHandlers(deps: DocumentDeps): Handlers<typeof freezeCollectionContract> {
  return {
    async freezeCollection({ params }, context) {
      const frozen = await freezeCollection(deps, context.caller, params.id);
      if (isProblem(frozen)) return frozen;
      const { row, documents, newlyFrozen } = frozen;
      context.audited(row.id);
      return json(200, { ...presentCollection(row), documents, newly_frozen: newlyFrozen });
    },
  };
}
