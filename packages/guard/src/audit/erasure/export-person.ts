import { eq, sql } from 'drizzle-orm';
import type { Database } from '../../database/database.ts';
import { apiKeys, auditLogs } from '../../database/schema.ts';
import { findUser } from '../../people/user.ts';
import { type Problem, refuse } from '../../reply.ts';
import { allArchives } from '../archives/archive-records.ts';
import { monthOfDate } from '../archives/month.ts';
import { type ArchiveReading, readArchive } from '../archives/read-archive.ts';
import type { AuditRow } from '../audit-row.ts';
import { auditColumns } from '../audit-row.ts';

/** One thing that is held about a person, in the order of a line of JSON. */
export interface HeldRecord {
  readonly kind: 'person' | 'key' | 'audit' | 'archived_audit';
  readonly data: Readonly<Record<string, unknown>>;
}

const pageRows = 1000;

/**
 * Everything that is held about a person (GDPR, article 15), a record at a time: their row, their keys without what
 * verifies them, and the rows of the log, of its archives too, of what they did and what was done to them. 404.
 */
export async function exportPerson(
  reading: ArchiveReading,
  person: string,
): Promise<AsyncGenerator<HeldRecord> | Problem> {
  const user = await findUser(reading.database.orm, person);
  if (user === undefined) return refuse('not_found', { detail: `There is no person ${person}.` });
  return heldAbout(reading, user);
}

async function* heldAbout(
  reading: ArchiveReading,
  user: { readonly id: string } & Readonly<Record<string, unknown>>,
): AsyncGenerator<HeldRecord> {
  yield { kind: 'person', data: user };
  const keys = await reading.database.orm.select().from(apiKeys).where(eq(apiKeys.userId, user.id));
  for (const { keyHash: _secret, checksumKeyId: _internal, ...data } of keys) yield { kind: 'key', data };
  for await (const row of auditRows(reading.database, user.id))
    yield { kind: 'audit', data: shown(row, user.id) };
  const months = new Set((await allArchives(reading.database.orm)).map(({ month }) => monthOfDate(month)));
  for (const month of [...months].reverse()) {
    for await (const { row } of readArchive(reading, month)) {
      if (concerns(row, user.id)) yield { kind: 'archived_audit', data: shown(row, user.id) };
    }
  }
}

/** The same rows as an erasure blanks. */
async function* auditRows({ orm }: Database, userId: string): AsyncGenerator<AuditRow> {
  const { createdAt, id } = auditLogs;
  let after: { readonly createdAt: Date; readonly id: string } | undefined;
  do {
    const older =
      after && sql`AND (${createdAt}, ${id}) < (${after.createdAt.toISOString()}::timestamptz, ${after.id})`;
    const rows: AuditRow[] = await orm
      .select(auditColumns)
      .from(auditLogs)
      .where(
        sql`(${auditLogs.userId} = ${userId} OR (${auditLogs.objectType} = 'user'
          AND ${auditLogs.objectIds} @> ARRAY[${userId}])) ${older ?? sql``}`,
      )
      .orderBy(sql`${createdAt} DESC, ${id} DESC`)
      .limit(pageRows);
    yield* rows;
    after = rows.length < pageRows ? undefined : rows.at(-1);
  } while (after !== undefined);
}

function concerns(row: AuditRow, userId: string): boolean {
  return row.userId === userId || (row.objectType === 'user' && row.objectIds?.includes(userId) === true);
}

/** Where somebody else did it, their address and their program are theirs. */
function shown(row: AuditRow, userId: string): Readonly<Record<string, unknown>> {
  return row.userId === userId ? { ...row } : { ...row, ip: null, userAgent: null };
}
