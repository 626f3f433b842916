import { and, eq, isNull, sql } from 'drizzle-orm';
import { z } from 'zod';
import { parseRange, rangeContains } from '../addresses/range.ts';
import { type Actor, recordChange } from '../audit/record-change.ts';
import type { Transaction } from '../database/database.ts';
import { displayName } from '../display-name.ts';
import { uuidv7 } from '../ids.ts';
import { maskSecretsIn } from '../masks.ts';
import { isProblem, type Problem, refuse } from '../reply.ts';
import { type Block, type BlockDeps, blockColumns, inForceAt, nameOfActor } from './block.ts';
import { parseBlockSubject, protectedSubject, refuseBlock } from './block-subject.ts';
import { blocks } from './schema.ts';

const day = 24 * 60 * 60 * 1000;

export const newBlockSchema = z.strictObject({
  /** An address (IPv6: its /64) or a CIDR range. */
  subject: z.string().min(1).max(64),
  reason: displayName(500),
  /** Milliseconds until it ends by itself; without: when it is removed. */
  forMs: z
    .int()
    .min(1000)
    .max(3650 * day)
    .optional(),
});
export type NewBlock = z.output<typeof newBlockSchema>;

/** In force at once, at most: what every node holds in memory, about 300 bytes each. */
export const blocksMax = 100_000;

/**
 * Blocks an address or a range on every node, within a second. A subject that is blocked already gets the new reason and
 * end; the old row stays as history. 422 for what is no subject or too wide; 409 for what is never blocked (M3), for the
 * caller's own address, and when there are 100,000 already: those in force stay.
 */
export async function addBlock(deps: BlockDeps, wanted: NewBlock, actor: Actor): Promise<Block | Problem> {
  const text = wanted.subject.trim();
  const subject = parseBlockSubject(text);
  if (isProblem(subject)) return subject;
  const neverBlock = deps.neverBlock.flatMap((range) => parseRange(range) ?? []);
  const refusal = protectedSubject(text, subject, neverBlock);
  if (refusal !== undefined) return refusal;
  if (actor.ip !== undefined && rangeContains([subject.range], actor.ip))
    return refuseBlock(`${subject.range.text} holds your own address.`);

  const { database, clock } = deps;
  return database.orm.transaction(async (tx) => {
    const now = clock.now();
    await tx.execute(
      sql`SELECT pg_advisory_xact_lock(hashtextextended(${`block ${subject.range.text}`}, 0))`,
    );
    const before = await supersede(tx, subject.range.text, actor, now);
    if (before === undefined && (await isFull(tx, now)))
      return refuse('conflict', {
        detail: `There are ${blocksMax} blocks already: remove some, or block ranges.`,
      });
    const [block] = await tx
      .insert(blocks)
      .values({
        id: uuidv7(now),
        kind: subject.kind,
        subject: subject.range.text,
        reason: wanted.reason,
        createdBy: nameOfActor(actor),
        createdAt: new Date(now),
        expiresAt: wanted.forMs === undefined ? null : new Date(now + wanted.forMs),
      })
      .returning(blockColumns);
    if (block === undefined) throw new Error('the new block was not stored');
    const change = {
      action: 'blocks.add',
      objectType: 'block',
      objectIds: [block.id, ...(before === undefined ? [] : [before.id])],
      before: before === undefined ? null : auditedBlock(before),
      after: auditedBlock(block),
    };
    await recordChange(tx, actor, change, clock);
    return block;
  });
}

/** What an audit entry says of a block. */
export function auditedBlock({ subject, reason, expiresAt, removedAt }: Block) {
  return { subject, reason: maskSecretsIn(reason), expiresAt, removedAt };
}

/** Ends the row of the subject that has not been removed, whether its time is over or not. */
async function supersede(
  tx: Transaction,
  subject: string,
  actor: Actor,
  nowMs: number,
): Promise<Block | undefined> {
  const [before] = await tx
    .update(blocks)
    .set({
      removedAt: sql`LEAST(${blocks.expiresAt}, ${new Date(nowMs).toISOString()}::timestamptz)`,
      removedBy: nameOfActor(actor),
    })
    .where(and(eq(blocks.subject, subject), isNull(blocks.removedAt)))
    .returning(blockColumns);
  return before;
}

async function isFull(tx: Transaction, nowMs: number): Promise<boolean> {
  const some = tx.select({ id: blocks.id }).from(blocks).where(inForceAt(nowMs)).limit(blocksMax).as('some');
  return (await tx.$count(some)) >= blocksMax;
}
