import { type AuditRow, type Handlers, json, page, searchAudit, snakeCase } from '@keyward/guard';
import type { ControlDeps } from '../service.ts';
import type { auditContract } from './contract.ts';

export function auditHandlers({ database }: ControlDeps): Handlers<typeof auditContract> {
  return {
    async searchAudit({ query }) {
      const { limit, cursor, ...filter } = query;
      const rows = await searchAudit(database, filter, limit + 1, cursor);
      return json(200, page(rows, limit, presentRow));
    },
  };
}

function presentRow(row: AuditRow) {
  return snakeCase(row);
}
