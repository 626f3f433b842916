import { type Handlers, isProblem } from '@keyward/guard';
import { changeDocument } from './change-document.ts';
import { createDocument } from './create-document.ts';
import { deleteDocument } from './delete-document.ts';
import type { DocumentDeps } from './document-deps.ts';
import type { documentsContract } from './documents-contract.ts';
import { listDocuments } from './list-documents.ts';
import { patchDocument } from './patch-document.ts';
import { readDocument } from './read-document.ts';
import { validateDocument } from './validate-document.ts';

export function documentHandlers(deps: DocumentDeps): Handlers<typeof documentsContract> {
  return {
    listDocuments: ({ query }, { caller }) => listDocuments(deps, caller, query),

    async createDocument({ query, headers, body }, context) {
      const request = { query, body, idempotencyKey: headers['idempotency-key'] };
      const created = await createDocument(deps, context.caller, request);
      if (isProblem(created)) return created;
      context.audited(created.id);
      return created.reply;
    },

    validateDocument: ({ body }) => validateDocument(body),

    readDocument({ params, headers }, context) {
      context.audited(params.id);
      return readDocument(deps, context.caller, params.id, headers['if-none-match']);
    },

    replaceDocument({ params, query, headers, body }, context) {
      context.audited(params.id);
      const ifMatch = headers['if-match'];
      return changeDocument(deps, context.caller, {
        id: params.id,
        ifMatch,
        query,
        kind: 'replace',
        next: () => body,
      });
    },

    patchDocument({ params, headers, body }, context) {
      context.audited(params.id);
      return patchDocument(deps, context.caller, { id: params.id, ifMatch: headers['if-match'], body });
    },

    deleteDocument({ params, headers }, context) {
      context.audited(params.id);
      return deleteDocument(deps, context.caller, params.id, headers['if-match']);
    },
  };
}
