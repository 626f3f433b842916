import { readStoredJson } from '../../validation/read-stored-json.ts';
import type { AuditRow } from '../audit-row.ts';
import { openColumns, personalColumns } from '../tree/leaf.ts';
import { arrayElements, copyField } from './copy-fields.ts';

type OpenColumn = (typeof openColumns)[number];
type PersonalColumn = (typeof personalColumns)[number];

/** The row of an archived entry from the two parts of its leaf, as COPY wrote them. Without `personal` its fields are null. */
export function archivedRow(open: string, personal?: string): AuditRow {
  const openFields = fieldsOf<OpenColumn>(openColumns, open);
  const personalFields = fieldsOf<PersonalColumn>(personalColumns, personal ?? '\\N\t\\N\t\\N\t\\N');
  const text = (column: OpenColumn): string => openFields[column] ?? '';
  const ids = openFields.object_ids;
  return {
    id: text('id'),
    createdAt: new Date(momentOf(text('created_at'))),
    userId: openFields.user_id,
    apiKey: openFields.api_key,
    method: text('method'),
    path: text('path'),
    status: Number(text('status')),
    durationMs: Number(text('duration_ms')),
    ip: personalFields.ip,
    userAgent: personalFields.user_agent,
    requestId: text('request_id'),
    clientRequestId: openFields.client_request_id,
    service: openFields.service,
    environment: openFields.environment,
    action: text('action'),
    errorCode: openFields.error_code,
    objectType: openFields.object_type,
    objectIds: ids === null ? null : arrayElements(ids),
    objectCount: Number(text('object_count')),
    repeats: Number(text('repeats')),
    before: jsonOf(personalFields.before),
    after: jsonOf(personalFields.after),
  };
}

function fieldsOf<Column extends string>(
  columns: readonly Column[],
  line: string,
): Record<Column, string | null> {
  const fields = line.split('\t');
  return Object.fromEntries(columns.map((column, at) => [column, copyField(fields[at] ?? '\\N')])) as Record<
    Column,
    string | null
  >;
}

/** `2026-01-31 23:59:59.999+00` as RFC 3339. */
function momentOf(text: string): string {
  return text.replace(' ', 'T').replace(/\+00$/, 'Z');
}

function jsonOf(text: string | null): unknown {
  return text === null ? null : readStoredJson(text);
}
