import { type Handlers, isProblem, type KeyCaller, type Reply } from '@keyward/guard';
import type { DocumentDeps } from '../document-deps.ts';
import type { batchContract } from './batch-contract.ts';
import { deletionItem, newItem, replacementItem } from './batch-item.ts';
import { createBatch } from './create-batch.ts';
import { deleteBatch } from './delete-batch.ts';
import { replaceBatch } from './replace-batch.ts';
import { type BatchWork, runBatch } from './run-batch.ts';

interface BatchInput {
  readonly query: { readonly mode: 'all' | 'each' };
  readonly headers: { readonly 'idempotency-key'?: string | undefined };
  readonly body: { readonly items: readonly unknown[] };
}

interface BatchContext {
  readonly caller: KeyCaller;
  audited(...ids: string[]): void;
}

export function batchHandlers(deps: DocumentDeps): Handlers<typeof batchContract> {
  const handlerOf =
    (work: BatchWork) =>
    async ({ query, headers, body }: BatchInput, context: BatchContext): Promise<Reply> => {
      const batch = { ...body, ...query, idempotencyKey: headers['idempotency-key'] };
      const done = await runBatch(deps, context.caller, batch, work);
      if (isProblem(done)) return done;
      context.audited(...done.ids);
      return done.reply;
    };
  return {
    createBatch: handlerOf({
      name: 'POST /api/metadata/batch',
      schema: newItem,
      status: 201,
      run: (tx, caller, entries, { now }) => createBatch(tx, caller, entries, now),
    }),
    replaceBatch: handlerOf({
      name: 'PUT /api/metadata/batch',
      schema: replacementItem,
      status: 200,
      run: replaceBatch,
    }),
    deleteBatch: handlerOf({
      name: 'DELETE /api/metadata/batch',
      schema: deletionItem,
      status: 200,
      run: deleteBatch,
    }),
  };
}
