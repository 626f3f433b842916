import { csvLine } from '../../csv-line.ts';
import type { Database } from '../../database/database.ts';
import { snakeCase } from '../../snake-case.ts';
import { type AuditRow, auditColumns } from '../audit-row.ts';
import type { AuditFilter } from './audit-filter.ts';
import { type EachRowOptions, eachAuditRow } from './each-audit-row.ts';

export const exportFormats = ['jsonl', 'csv'] as const;
export type ExportFormat = (typeof exportFormats)[number];

const pieceCharacters = 128 * 1024;

export const exportContentTypes: Readonly<Record<ExportFormat, string>> = {
  jsonl: 'application/jsonl; charset=utf-8',
  csv: 'text/csv; charset=utf-8; header=present',
};

/**
 * Every row of a filter as text, newest first, in pieces of some hundreds of rows: JSON lines, or CSV that no spreadsheet runs,
 * with the column names of `audit_logs` (A6). Throws when `signal` is aborted.
 */
export async function* exportAudit(
  database: Database,
  filter: AuditFilter,
  format: ExportFormat,
  options: EachRowOptions = {},
): AsyncGenerator<string> {
  if (format === 'csv') yield csvLine(columns.map(([column]) => column));
  const line = format === 'csv' ? csvRow : jsonRow;
  let text = '';
  for await (const row of eachAuditRow(database, filter, options)) {
    text += line(row);
    if (text.length < pieceCharacters) continue;
    yield text;
    text = '';
  }
  if (text !== '') yield text;
}

const names = Object.keys(auditColumns) as (keyof AuditRow)[];
/** The name of each column and of its field. */
const columns = names.map((name) => [Object.keys(snakeCase({ [name]: null }))[0], name] as const);

function jsonRow(row: AuditRow): string {
  return `${JSON.stringify(snakeCase(row))}\n`;
}

function csvRow(row: AuditRow): string {
  return csvLine(
    columns.map(([, name]) => {
      const value = row[name];
      return value instanceof Date ? value.toISOString() : value;
    }),
  );
}
