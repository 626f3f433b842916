import { type BytesAnswer, isProblem, type KeyCaller, type Problem } from '@keyward/guard';
import { type Transaction, transact } from '@keyward/guard/database';
import { type TokenRange, tokenRanges } from '../../token-uris/token-ranges.ts';
import { forgetTokenUris } from '../change-document.ts';
import type { DocumentDeps } from '../document-deps.ts';
import { onceFor } from '../idempotency.ts';
import { answerBatch } from './answer-batch.ts';
import type { ItemSchema } from './batch-item.ts';
import { type Outcome, refuseBatch } from './outcome.ts';
import { type BatchEntry, prepareItems } from './prepare-items.ts';

/** Places whose token URIs have changed; `isRefreshed`: by other content under the same id (EIP-4906). */
export type Touched = {
  readonly collectionId: string | null;
  readonly tokenId: string | null;
  readonly isRefreshed?: boolean;
}[];

export interface Batch {
  readonly items: readonly unknown[];
  /** `all`: all or nothing; `each`: what can be done is done, and the answer says what became of each item. */
  readonly mode: 'all' | 'each';
  readonly idempotencyKey: string | undefined;
}

export interface BatchWork {
  /** Such as `POST /api/metadata/batch`. */
  readonly name: string;
  readonly schema: ItemSchema;
  /** The status of an item that was done. */
  readonly status: number;
  /** Does all entries in one transaction and says what became of each, in their order; or refuses the batch, in any mode. */
  run(
    tx: Transaction,
    caller: KeyCaller,
    entries: readonly BatchEntry[],
    more: { now: Date; touched: Touched },
  ): Promise<Outcome[] | Problem>;
}

interface Done {
  readonly [field: string]: unknown;
  readonly outcomes: readonly Outcome[];
  readonly refresh: readonly TokenRange[];
}

/** Does a batch in one transaction (N1). With an Idempotency-Key: once, however often and however parallel it is sent. */
export async function runBatch(
  deps: DocumentDeps,
  caller: KeyCaller,
  batch: Batch,
  work: BatchWork,
): Promise<{ ids: string[]; reply: BytesAnswer } | Problem> {
  const { mode, idempotencyKey: key } = batch;
  const { items, hash } = await prepareItems(batch.items, work.schema, work.name, mode);
  const refused = mode === 'all' && refuseBatch(items.map((item) => (isProblem(item) ? item : undefined)));
  if (refused) return refused;
  const entries = items.flatMap((item) => (isProblem(item) ? [] : [item]));
  const now = new Date(deps.clock.now());
  const touched: Touched = [];
  const done = await transact<Done>(deps.database.orm, (tx) => {
    const once = async (): Promise<Done | Problem> => {
      const worked = await work.run(tx, caller, entries, { now, touched });
      if (isProblem(worked)) return worked;
      const outcomes = inOrder(items, worked);
      const refusal = mode === 'all' ? refuseBatch(outcomes) : undefined;
      return refusal ?? { outcomes, refresh: tokenRanges(touched.filter(({ isRefreshed }) => isRefreshed)) };
    };
    return key === undefined ? once() : onceFor(tx, { caller, key, hash, now }, once);
  });
  if (isProblem(done)) return done;
  forgetTokenUris(deps, ...touched);
  return answerBatch(items, { ...done, status: work.status });
}

/** The outcome of every item: those that could not be worked on have been refused. */
function inOrder(items: readonly (BatchEntry | Problem)[], worked: readonly Outcome[]): Outcome[] {
  let at = 0;
  return items.map((item) => (isProblem(item) ? item : (worked[at++] as Outcome)));
}
