import { getTableColumns, sql, type Table } from 'drizzle-orm';
import type { Transaction } from '../../database/database.ts';
import { apiKeys } from '../../database/schema.ts';
import { keyRotations } from '../schema.ts';

/** Inserts many keys in one statement with one parameter: a parameter for each field would be 20,000 of them. */
export async function insertSuccessors(
  tx: Transaction,
  rows: readonly (typeof apiKeys.$inferInsert)[],
): Promise<void> {
  await insertAsJson(tx, apiKeys, sql`NULL::api_keys`, rows);
}

export async function insertRotations(
  tx: Transaction,
  rows: readonly (typeof keyRotations.$inferInsert)[],
): Promise<void> {
  await insertAsJson(tx, keyRotations, sql`NULL::key_rotations`, rows);
}

/** All rows have the fields of the first; columns that it does not name get their defaults. */
async function insertAsJson(
  tx: Transaction,
  table: Table,
  rowType: ReturnType<typeof sql>,
  rows: readonly Readonly<Record<string, unknown>>[],
): Promise<void> {
  const columns = Object.entries(getTableColumns(table)).filter(([field]) => rows[0]?.[field] !== undefined);
  const records = rows.map((row) =>
    Object.fromEntries(columns.map(([field, column]) => [column.name, row[field] ?? null])),
  );
  const names = sql.join(
    columns.map(([, column]) => sql.identifier(column.name)),
    sql`, `,
  );
  await tx.execute(sql`INSERT INTO ${table} (${names})
    SELECT ${names} FROM jsonb_populate_recordset(${rowType}, ${JSON.stringify(records)}::jsonb)`);
}
