/** What the application's role may do with a table. */
export type TableRight = 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE';

/** Schemas whose tables the application works with. */
export const applicationSchemas = ['public', 'keyward_jobs'] as const;

const all: readonly TableRight[] = ['SELECT', 'INSERT', 'UPDATE', 'DELETE'];
const insertOnly: readonly TableRight[] = ['SELECT', 'INSERT'];
const readOnly: readonly TableRight[] = ['SELECT'];

/**
 * The tables that are more than working memory (A4, D4). What is to be done to them beyond this, the owner's functions
 * do, each of which tests its own conditions. A table that is missing here may be read and written.
 */
const narrowRights: Readonly<Record<string, readonly TableRight[]>> = {
  audit_logs: insertOnly,
  audit_leaves: insertOnly,
  audit_salts: insertOnly,
  audit_erasures: readOnly,
  audit_tiles: insertOnly,
  audit_checkpoints: insertOnly,
  audit_tree: ['SELECT', 'UPDATE'],
  audit_anchors: ['SELECT', 'INSERT', 'UPDATE'],
  audit_archives: insertOnly,
  audit_person_keys: insertOnly,
};

/** Partitions of the log are written through the log; what remembers the migrations is the owner's. */
const narrowPrefixes: Readonly<Record<string, readonly TableRight[]>> = {
  audit_logs_: readOnly,
  keyward_migrations_: readOnly,
};

/** What the application may do with the table of this schema and name. */
export function rightsOn(schema: string, table: string): readonly TableRight[] {
  if (schema !== 'public') return all;
  const prefix = Object.keys(narrowPrefixes).find((beginning) => table.startsWith(beginning));
  return narrowRights[table] ?? (prefix === undefined ? undefined : narrowPrefixes[prefix]) ?? all;
}
