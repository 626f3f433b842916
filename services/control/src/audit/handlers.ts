import {
  bytes,
  exportAudit,
  exportContentTypes,
  type Handlers,
  json,
  searchAuditPage,
  snakeCase,
  writeCursor,
} from '@keyward/guard';
import type { ControlDeps } from '../service.ts';
import type { auditContract } from './contract.ts';
import { textStream } from './text-stream.ts';

export function auditHandlers({
  database,
  archivedRows: archived,
}: Pick<ControlDeps, 'database' | 'archivedRows'>): Handlers<typeof auditContract> {
  return {
    async searchAudit({ query }) {
      const { limit, cursor: after, ...filter } = query;
      const { rows, next } = await searchAuditPage(database, filter, { limit, after });
      const end = next === undefined ? await archived?.endsAt() : undefined;
      const reachesBack = filter.since === undefined || (end !== undefined && new Date(filter.since) < end);
      return json(200, {
        data: rows.map(snakeCase),
        next_cursor: next ? writeCursor(next) : null,
        archived_before: end !== undefined && reachesBack ? end.toISOString() : null,
      });
    },
    async exportAudit({ query }) {
      const { format, ...filter } = query;
      const body = await textStream((signal) => exportAudit(database, filter, format, { archived, signal }));
      return bytes(200, body, {
        'content-type': exportContentTypes[format],
        'content-disposition': `attachment; filename="audit.${format}"`,
      });
    },
  };
}
