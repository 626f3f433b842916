import { eq, sql } from 'drizzle-orm';
import type { Clock } from '../../clock.ts';
import { type Database, openDatabase } from '../../database/database.ts';
import { apiKeys } from '../../database/schema.ts';
import { uuidv7 } from '../../ids.ts';
import { findUser } from '../../people/user.ts';
import { type Problem, refuse } from '../../reply.ts';
import type { Actor } from '../record-change.ts';

export interface ErasureDeps {
  readonly database: Database;
  readonly clock: Clock;
  /** Rows blanked in one transaction, during which nothing is sequenced. Default 20,000. */
  readonly rowsAtOnce?: number;
}

export interface Erased {
  readonly userId: string;
  /** Rows of the log whose personal fields were blanked now. */
  readonly rows: number;
}

/**
 * Erases a deleted person from the audit log and its archives (A5), by the one function of the owner that can. What died
 * half way is finished by the next call. 404; 409 for a person who has not been deleted. Journals on the disks of nodes
 * are to be shipped before; what comes later is blanked by the next call.
 */
export async function erasePerson(
  { database, clock, rowsAtOnce = 20_000 }: ErasureDeps,
  person: string,
  actor: Actor,
): Promise<Erased | Problem> {
  const user = await findUser(database.orm, person);
  if (user === undefined) return refuse('not_found', { detail: `There is no person ${person}.` });
  if (user.deletedAt === null) {
    return refuse('conflict', {
      detail: 'The person has not been deleted; what they do now would be logged again.',
    });
  }
  await database.orm.update(apiKeys).set({ lastUsedIp: null }).where(eq(apiKeys.userId, user.id));
  // Some thousands of rows with all their indexes take longer than a query of the pool may.
  const patient = openDatabase({ url: database.url, connectionsMax: 1, queryTimeoutMs: 600_000 });
  try {
    let rows = 0;
    for (;;) {
      const blanked = await eraseSome(patient, clock, user.id, rowsAtOnce, actor);
      rows += blanked;
      if (blanked < rowsAtOnce) return { userId: user.id, rows };
    }
  } finally {
    await patient.close();
  }
}

async function eraseSome(
  { orm }: Database,
  clock: Clock,
  userId: string,
  rowsMax: number,
  actor: Actor,
): Promise<number> {
  const entryId = uuidv7(clock.now());
  const request = actor.requestId ?? entryId;
  const { rows } = await orm.execute<{ blanked: string }>(
    sql`SELECT keyward_erase_person(${userId}, ${rowsMax}, ${entryId}, ${request}, ${actor.via},
      ${actor.userId ?? null}) AS blanked`,
  );
  return Number(rows[0]?.blanked ?? 0);
}
