import { and, asc, eq, isNull } from 'drizzle-orm';
import type { Orm } from '../../database/database.ts';
import { dateOfMonth, type Month } from './month.ts';
import { auditArchives } from './schema.ts';

/** What the database knows of a written part of a month. */
export type ArchiveRecord = typeof auditArchives.$inferSelect;

/** The parts of a month, in their order. */
export function archivesOf(orm: Orm, month: Month): Promise<ArchiveRecord[]> {
  return orm
    .select()
    .from(auditArchives)
    .where(eq(auditArchives.month, dateOfMonth(month)))
    .orderBy(asc(auditArchives.part));
}

/** All parts of all months, oldest first. */
export function allArchives(orm: Orm): Promise<ArchiveRecord[]> {
  return orm.select().from(auditArchives).orderBy(asc(auditArchives.month), asc(auditArchives.part));
}

/** Parts whose rows are in the database still. */
export function undroppedOf(orm: Orm, month: Month): Promise<ArchiveRecord[]> {
  return orm
    .select()
    .from(auditArchives)
    .where(and(eq(auditArchives.month, dateOfMonth(month)), isNull(auditArchives.droppedAt)))
    .orderBy(asc(auditArchives.part));
}
