import { sql } from 'drizzle-orm';
import type { Orm, Transaction } from '../database/database.ts';
import { auditLogs } from '../database/schema.ts';
import { maskKeysIn } from '../masks.ts';
import { type AuditEntry, objectIdsMax } from './entry.ts';
import { storableInteger, storableJson, storableText, storableTimeMs } from './storable-values.ts';

/**
 * Inserts one entry and waits for it: for a change that is audited in its own transaction (A1), and as the plain form
 * of what the journal and its shipper do. Throws what PostgreSQL throws.
 */
export async function insertEntry(database: Orm | Transaction, entry: AuditEntry): Promise<void> {
  const createdAt = new Date(storableTimeMs(entry.createdAt));
  await database.execute(sql`SELECT keyward_ensure_audit_partition(${createdAt.toISOString()})`);
  await database.insert(auditLogs).values({
    id: storableText(entry.id),
    createdAt,
    userId: optionalText(entry.userId),
    apiKey: optionalText(entry.apiKey),
    method: storableText(entry.method),
    path: storableText(entry.path),
    status: storableInteger(entry.status),
    durationMs: storableInteger(entry.durationMs),
    ip: optionalText(entry.ip),
    userAgent: optionalText(entry.userAgent),
    requestId: storableText(entry.requestId),
    clientRequestId: optionalText(entry.clientRequestId),
    service: optionalText(entry.service),
    environment: optionalText(entry.environment),
    action: storableText(entry.action),
    errorCode: optionalText(entry.errorCode),
    objectType: optionalText(entry.objectType),
    objectIds:
      entry.objectIds === null
        ? null
        : entry.objectIds.slice(0, objectIdsMax).map((id) => maskKeysIn(storableText(id))),
    objectCount: storableInteger(entry.objectCount),
    repeats: storableInteger(entry.repeats),
    before: jsonb(entry.before),
    after: jsonb(entry.after),
  });
}

function optionalText(text: string | null): string | null {
  return text === null ? null : storableText(text);
}

function jsonb(value: unknown) {
  const json = storableJson(value);
  // A key consists of nothing that JSON writes differently; what was forgotten to be masked is masked here (A1).
  return json === null ? null : sql`${maskKeysIn(json)}::jsonb`;
}
