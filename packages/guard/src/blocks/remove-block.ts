import { and, eq, or } from 'drizzle-orm';
import { type Actor, recordChange } from '../audit/record-change.ts';
import { isProblem, type Problem, refuse } from '../reply.ts';
import { auditedBlock } from './add-block.ts';
import { type Block, type BlockDeps, blockColumns, inForceAt, nameOfActor } from './block.ts';
import { parseBlockSubject } from './block-subject.ts';
import { blocks } from './schema.ts';

/** Lifts a block on every node, named by its id or by what is blocked. 404 when no block in force is meant. */
export async function removeBlock(
  { database, clock }: Pick<BlockDeps, 'database' | 'clock'>,
  idOrSubject: string,
  actor: Actor,
): Promise<Block | Problem> {
  const subject = parseBlockSubject(idOrSubject);
  const isMeant = isProblem(subject)
    ? eq(blocks.id, idOrSubject)
    : or(eq(blocks.id, idOrSubject), eq(blocks.subject, subject.range.text));
  return database.orm.transaction(async (tx) => {
    const now = clock.now();
    const [removed] = await tx
      .update(blocks)
      .set({ removedAt: new Date(now), removedBy: nameOfActor(actor) })
      .where(and(isMeant, inForceAt(now)))
      .returning(blockColumns);
    if (removed === undefined) return refuse('not_found', { detail: 'No such block is in force.' });
    const after = auditedBlock(removed);
    const change = {
      action: 'blocks.remove',
      objectType: 'block',
      objectIds: [removed.id],
      before: { ...after, removedAt: null },
      after,
    };
    await recordChange(tx, actor, change, clock);
    return removed;
  });
}
