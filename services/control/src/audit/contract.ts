import { auditFilterSchema, defineRoute, exportContentTypes, exportFormats } from '@keyward/guard';
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
    request: { query: auditFilterSchema.safeExtend(pageQuery) },
    responses: {
      200: {
        description:
          'A page of rows with the column names of audit_logs. A page that took too long ends early, even without a row: there are more while next_cursor is not null.',
        schema: listOf(z.looseObject({})).extend({
          archived_before: z.iso
            .datetime()
            .nullable()
            .describe(
              'On the last page: months before this are in archives, which the export reads; null: none are asked for',
            ),
        }),
      },
    },
    errors: [],
  }),
  exportAudit: defineRoute({
    method: 'GET',
    path: '/v1/control/audit/export',
    summary: 'Every matching row of the audit log, newest first, as a stream',
    access: { kind: 'scopes', scopes: ['audit:read'], role: 'admin' },
    limit: 'key',
    audit: { action: 'audit.export', objectType: 'audit' },
    request: {
      query: auditFilterSchema.safeExtend({
        format: z
          .enum(exportFormats)
          .default('jsonl')
          .describe('JSON lines, or CSV (RFC 4180) that no spreadsheet runs'),
      }),
    },
    responses: {
      200: { description: 'The rows, one a line.', contentType: exportContentTypes.jsonl },
    },
    errors: [],
  }),
};
