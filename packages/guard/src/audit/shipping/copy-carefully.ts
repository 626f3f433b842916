import { type ClientBase, DatabaseError } from 'pg';
import type { JournalFinding } from '../journal/journal-finding.ts';
import { copyEntries, copyMissingEntries } from './copy-entries.ts';
import { countByKey, type KeyCounts } from './count-by-key.ts';
import { insertRefusedEntry } from './insert-refused-entry.ts';

/**
 * Whether PostgreSQL refuses because of what an entry holds: data exceptions (22), integrity (23), program limits such
 * as nesting or index size (54), an exception of a trigger (P0). Everything else is worth trying again.
 */
export function isFaultOfEntry(error: unknown): error is DatabaseError {
  return error instanceof DatabaseError && /^(?:22|23|54|P0)/.test(error.code ?? '');
}

/**
 * Ships what could not be copied at once: entries that are there already are stepped over; halves are tried until an
 * entry that is refused stands alone, and then it is put in as text with the reason. What was not there before is added
 * to `counts`. Within a transaction.
 */
export async function copyCarefully(
  client: ClientBase,
  lines: readonly Buffer[],
  counts: KeyCounts,
): Promise<JournalFinding[]> {
  const all = Buffer.concat(lines);
  if ((await attempt(client, () => copyEntries(client, all))) === null) {
    countByKey(lines, counts);
    return [];
  }
  const refusal = await attempt(client, () => copyMissingEntries(client, all, counts));
  if (refusal === null) return [];
  const [only] = lines;
  if (lines.length === 1 && only !== undefined) {
    const text = only.toString('utf8');
    let finding: JournalFinding | undefined;
    const again = await attempt(client, async () => {
      finding = await insertRefusedEntry(client, text, refusal);
    });
    if (again !== null) throw again;
    if (finding === undefined) return [];
    countByKey(lines, counts);
    return [finding];
  }
  const middle = lines.length >> 1;
  return [
    ...(await copyCarefully(client, lines.slice(0, middle), counts)),
    ...(await copyCarefully(client, lines.slice(middle), counts)),
  ];
}

/** Null when it succeeded, the refusal when an entry was at fault. */
async function attempt(client: ClientBase, work: () => Promise<void>): Promise<DatabaseError | null> {
  await client.query('SAVEPOINT attempt');
  try {
    await work();
    await client.query('RELEASE SAVEPOINT attempt');
    return null;
  } catch (error) {
    if (!isFaultOfEntry(error)) throw error;
    await client.query('ROLLBACK TO SAVEPOINT attempt');
    return error;
  }
}
