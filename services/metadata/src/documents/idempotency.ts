import { hash } from 'node:crypto';
import { isProblem, type KeyCaller, type Problem, refuse } from '@keyward/guard';
import type { Transaction } from '@keyward/guard/database';
import { and, eq, lte } from 'drizzle-orm';
import { metadataIdempotency as table } from './tables.ts';

/** How long an Idempotency-Key stands for the request that used it first (N1). */
export const idempotencyMs = 24 * 3600 * 1000;

type Answer = Readonly<Record<string, unknown>>;

/** What a request asks for, as one hash: the same content under the same key gets the same answer. */
export function contentHash(...parts: readonly (string | undefined)[]): string {
  return hash('sha256', JSON.stringify(parts));
}

/**
 * Does `work` once per key: the first request does it and its answer is kept in the same transaction; a later or
 * parallel one with the same content gets that answer, one with other content 422 `idempotency_conflict`.
 * A refusal is not kept: it rolls back with the transaction.
 */
export async function onceFor<A extends Answer>(
  tx: Transaction,
  request: { caller: KeyCaller; key: string; hash: string; now: Date },
  work: () => Promise<A | Problem>,
): Promise<A | Problem> {
  const { caller, key, hash, now } = request;
  const { userId, environment } = caller;
  const isThis = and(eq(table.userId, userId), eq(table.environment, environment), eq(table.key, key));
  // A parallel request waits here until the first one's transaction has ended.
  const claimed = await tx
    .insert(table)
    .values({ userId, environment, key, contentHash: hash, createdAt: now })
    .onConflictDoUpdate({
      target: [table.userId, table.environment, table.key],
      set: { contentHash: hash, answer: null, createdAt: now },
      setWhere: lte(table.createdAt, new Date(now.getTime() - idempotencyMs)),
    })
    .returning({ key: table.key });
  if (claimed.length === 0) {
    const [kept] = await tx.select().from(table).where(isThis);
    if (kept?.answer && kept.contentHash === hash) return kept.answer as A;
    return refuse('idempotency_conflict');
  }
  const answer = await work();
  if (!isProblem(answer)) await tx.update(table).set({ answer }).where(isThis);
  return answer;
}
