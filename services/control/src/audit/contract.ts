import { auditFilterSchema, defineRoute } from '@keyward/guard';
import { z } from 'zod';
import { listOf, pageQuery } from '../page-query.ts';

export const auditContract = {
  searchAudit: defineRoute({
    method: 'GET',
    path: '/v1/control/audit',
    summary: 'The audit log, newest first',
    access: { kind: 'scopes', scopes: ['audit:read'], role: 'admin' },
    limit: 'key',
    audit: { action: 'audit.search', objectType: 'audit' },
    request: { query: auditFilterSchema.extend(pageQuery) },
    responses: {
      200: {
        description: 'A page of rows with the column names of audit_logs.',
        schema: listOf(z.looseObject({})),
      },
    },
    errors: [],
  }),
};
