import type { ClientBase, DatabaseError } from 'pg';
import { decodeLine } from '../journal/decode-line.ts';
import type { JournalFinding } from '../journal/journal-finding.ts';
import { storableJson } from '../storable-values.ts';

// Below the 2,704 bytes that a B-tree entry may have, at four bytes a character.
const textCharactersMax = 256;
const pathCharactersMax = 2048;

/**
 * Puts an entry that PostgreSQL refused into the log without what may have been the reason. Its whole line and the
 * reason are in `after`, so nothing is lost. Nothing when it is there already.
 */
export async function insertRefusedEntry(
  client: ClientBase,
  line: string,
  refusal: DatabaseError,
): Promise<JournalFinding | undefined> {
  const entry = decodeLine(line);
  const reason = `${refusal.code}: ${refusal.message}`;
  const id = clip(entry.id, textCharactersMax) ?? '';
  const inserted = await client.query(
    `INSERT INTO audit_logs (id, created_at, user_id, api_key, method, path, status, duration_ms, request_id, service,
       environment, action, error_code, after)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT DO NOTHING`,
    [
      id,
      entry.created_at,
      clip(entry.user_id, textCharactersMax),
      clip(entry.api_key, textCharactersMax),
      clip(entry.method, textCharactersMax) ?? '',
      clip(entry.path, pathCharactersMax) ?? '',
      Number(entry.status),
      Number(entry.duration_ms),
      clip(entry.request_id, textCharactersMax) ?? '',
      clip(entry.service, textCharactersMax),
      clip(entry.environment, textCharactersMax),
      clip(entry.action, textCharactersMax) ?? '',
      clip(entry.error_code, textCharactersMax),
      storableJson({ journal_refusal: reason, journal_line: line }),
    ],
  );
  return inserted.rowCount === 0 ? undefined : { kind: 'refused', id, reason };
}

function clip(text: string | null, charactersMax: number): string | null {
  return text === null ? null : text.slice(0, charactersMax).toWellFormed();
}
