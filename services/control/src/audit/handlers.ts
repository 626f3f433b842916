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
}: ControlDeps): Handlers<typeof auditContract> {
  return {
    async searchAudit({ query }) {
      const { limit, cursor: after, ...filter } = query;
      const { rows, next } = await searchAuditPage(database, filter, { limit, after });
      return json(200, { data: rows.map(snakeCase), next_cursor: next ? writeCursor(next) : null });
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
