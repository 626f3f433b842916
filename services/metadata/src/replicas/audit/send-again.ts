import { type Clock, type JobContext, operatorsOf, queueMail, recordChange } from '@keyward/guard';
import type { Database, Transaction } from '@keyward/guard/database';
import { and, eq, sql } from 'drizzle-orm';
import { media } from '../../media/media-table.ts';
import type { ReadBack, StoreName } from '../replica.ts';
import { mediaReplicas, type ReplicaRow } from '../replicas-table.ts';
import { samePlace } from '../replicate-one.ts';

export interface Telling {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: JobContext['log'];
  readonly securityContact: string | undefined;
}

const namedMax = 20;
const words = { altered: 'altered in', missing: 'missing in', denied: 'not given back by' } as const;
const anew = {
  state: 'waiting',
  revision: sql`${mediaReplicas.revision} + 1`,
  attempts: 0,
  nextAttemptAt: new Date(0),
  storedAt: null,
} as const;

/** Has a file sent to a store again that does not have it as it should, and tells operators, by mail once a day. */
export async function sendAgain(
  telling: Telling,
  row: ReplicaRow,
  found: Exclude<ReadBack, 'same'>,
): Promise<void> {
  const { database, clock, log } = telling;
  const { store, sha256 } = row;
  await database.orm.transaction(async (tx) => {
    const { rowCount } = await tx
      .update(mediaReplicas)
      .set({ ...anew, lastError: `read back: ${found}` })
      .where(
        and(samePlace(row), eq(mediaReplicas.revision, row.revision), eq(mediaReplicas.state, 'stored')),
      );
    if (rowCount !== 1) return;
    const files = await filesOf(tx, row);
    const change = { action: 'media.copy_lost', objectType: 'media', objectIds: files };
    const states = { before: { store, state: 'stored', sha256 }, after: { store, state: 'waiting', found } };
    await recordChange(tx, { via: 'job' }, { ...change, ...states }, clock);
    await mail(telling, tx, store, {
      subject: `A copy of a media file was ${words[found]} the ${store} store`,
      text: `The file with the SHA-256 ${sha256} is sent there again from this installation's disk. Others that are found today are in the log.`,
    });
  });
  log.error({ store, sha256, found }, 'a copy of a media file is not as it should be and is sent again');
}

/** The store has nothing of what it should have: it was emptied, or is another one. It is filled again. */
export async function sendAllAgain(telling: Telling, store: StoreName): Promise<void> {
  const { database, log } = telling;
  const files = await database.orm.transaction(async (tx) => {
    const { rowCount } = await tx
      .update(mediaReplicas)
      .set({ ...anew, lastError: 'read back: missing' })
      .where(and(eq(mediaReplicas.store, store), eq(mediaReplicas.state, 'stored')));
    await mail(telling, tx, `${store} empty`, {
      subject: `The ${store} store has none of the copies of media files`,
      text: 'It was emptied, or the settings name another one. All files are sent there again from the disks of the nodes.',
    });
    return rowCount ?? 0;
  });
  log.error({ store, files }, 'a store of media is empty and is filled again');
}

async function filesOf(tx: Transaction, { ownerKey, environment, sha256 }: ReplicaRow): Promise<string[]> {
  const rows = await tx
    .select({ id: media.id })
    .from(media)
    .where(and(eq(media.ownerKey, ownerKey), eq(media.environment, environment), eq(media.sha256, sha256)))
    .limit(namedMax);
  return rows.map(({ id }) => id);
}

async function mail(
  { clock, securityContact }: Telling,
  tx: Transaction,
  about: string,
  content: { subject: string; text: string },
): Promise<void> {
  const nowMs = clock.now();
  const day = new Date(nowMs).toISOString().slice(0, 10);
  for (const to of await operatorsOf(tx, securityContact, nowMs))
    await queueMail(tx, { to, dedupeKey: `media copies ${about} ${day} ${to}`, ...content });
}
