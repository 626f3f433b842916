import { sql } from 'drizzle-orm';
import {
  bigint,
  check,
  customType,
  date,
  integer,
  pgTable,
  primaryKey,
  text,
  timestamp,
} from 'drizzle-orm/pg-core';

const bytes = customType<{ data: Buffer }>({ dataType: () => 'bytea' });
const time = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

/** Each written part of a month of the audit log (A5). */
export const auditArchives = pgTable(
  'audit_archives',
  {
    /** Its first day, such as `2026-01-01`. */
    month: date('month', { mode: 'string' }).notNull(),
    /** 1; 2, 3 … are supplements of rows that came later. */
    part: integer('part').notNull(),
    /** The folder or bucket it was written to. */
    place: text('place').notNull(),
    /** Its name there; the manifest's is the same with `.json` behind. */
    file: text('file').notNull(),
    rows: bigint('rows', { mode: 'number' }).notNull(),
    bytes: bigint('bytes', { mode: 'number' }).notNull(),
    sha256: bytes('sha256').notNull(),
    /** Size of the tree when it was written: its rows have smaller numbers, those of later parts have others. */
    treeSize: bigint('tree_size', { mode: 'number' }).notNull(),
    signingKey: text('signing_key').notNull(),
    writtenAt: time('written_at').notNull(),
    /** When its rows were taken out of the database. */
    droppedAt: time('dropped_at'),
  },
  (table) => [primaryKey({ columns: [table.month, table.part] })],
);

/** The keys under which personal fields stand in archives (A5), sealed under the keyring; null once destroyed. */
export const auditPersonKeys = pgTable(
  'audit_person_keys',
  {
    id: text('id').primaryKey(),
    /** `user:<id>`, or `month:2026-01` for rows that belong to nobody. */
    subject: text('subject').notNull().unique(),
    sealed: text('sealed'),
    createdAt: time('created_at').notNull().defaultNow(),
    destroyedAt: time('destroyed_at'),
  },
  (table) => [
    check('audit_person_keys_check', sql`(${table.sealed} IS NULL) = (${table.destroyedAt} IS NOT NULL)`),
  ],
);
