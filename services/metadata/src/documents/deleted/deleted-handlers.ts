import type { Handlers } from '@keyward/guard';
import type { DocumentDeps } from '../document-deps.ts';
import type { deletedContract } from './deleted-contract.ts';
import { listDeleted } from './list-deleted.ts';
import { restoreDocument } from './restore-document.ts';

export function deletedHandlers(deps: DocumentDeps): Handlers<typeof deletedContract> {
  return {
    listDeleted: ({ query }, { caller }) => listDeleted(deps, caller, query),

    restoreDocument({ params, query }, context) {
      context.audited(params.id);
      return restoreDocument(deps, context.caller, { id: params.id, query });
    },
  };
}
