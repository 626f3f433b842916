import { type Handlers, json } from '@keyward/guard';
import type { DocumentDeps } from '../document-deps.ts';
import type { freezeContract } from './freeze-contract.ts';
import { freezeDocument, readFreeze } from './freeze-document.ts';

export function freezeHandlers(deps: DocumentDeps): Handlers<typeof freezeContract> {
  return {
    freezeDocument({ params, headers }, context) {
      context.audited(params.id);
      return freezeDocument(deps, context.caller, { id: params.id, ifMatch: headers['if-match'] });
    },

    readFreeze({ params }, context) {
      context.audited(params.id);
      return readFreeze(deps, context.caller, params.id);
    },

    listProofKeys: () =>
      json(200, { keys: deps.proofs.publicKeys() }, { 'cache-control': 'public, max-age=3600' }),
  };
}
