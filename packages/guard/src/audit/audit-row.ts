import { getTableColumns } from 'drizzle-orm';
import { auditLogs } from '../database/schema.ts';

const { tx: _bringer, ...columns } = getTableColumns(auditLogs);

/** The columns of `audit_logs` that say what happened: all but the transaction that brought the row. */
export const auditColumns = columns;

export type AuditRow = Omit<typeof auditLogs.$inferSelect, 'tx'>;
