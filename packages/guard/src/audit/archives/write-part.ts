import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import { recordChange } from '../record-change.ts';
import { connect } from '../shipping/connect.ts';
import type { ArchiveDeps } from './archive-deps.ts';
import { type ArchiveRecord, archivesOf } from './archive-records.ts';
import { manifestName, signManifest } from './manifest.ts';
import { dateOfMonth, type Month } from './month.ts';
import { PersonKeys } from './person-keys.ts';
import { readMonth } from './read-month.ts';
import { auditArchives } from './schema.ts';
import { verifyArchive } from './verify-archive.ts';
import { type Draft, writeDraft } from './write-draft.ts';

/**
 * Writes the rows of a month that no part of it holds yet as its next part: a draft on this disk, the file and its
 * manifest in the place, read back, then the record. Only a part that has a record is one; a try that died before leaves
 * at most files that nobody reads. Undefined when there are no such rows.
 */
export async function writePart(deps: ArchiveDeps, month: Month): Promise<ArchiveRecord | undefined> {
  const { clock, keyring, place, step } = deps;
  const before = await archivesOf(deps.database.orm, month);
  const part = before.length + 1;
  mkdirSync(deps.draftsFolder, { recursive: true, mode: 0o700 });
  const draftPath = join(deps.draftsFolder, `${month}-part-${part}.draft`);
  rmSync(draftPath, { force: true });
  const fromSeq = Math.max(0, ...before.map(({ treeSize }) => treeSize));
  const { draft, treeSize } = await readAndWrite(deps, month, fromSeq, draftPath);
  if (draft.rows === 0) return undefined;
  await step?.('draft written');
  const sha256 = draft.sha256.toString('hex');
  const writtenAt = new Date(clock.now());
  // The digest in the name: whoever else writes there, nothing is written over.
  const file = `audit-${month}-part-${part}-${sha256.slice(0, 16)}.jsonl.gz`;
  const { text, signingKey } = signManifest(
    {
      format: 'keyward-audit-archive/1',
      compression: 'gzip',
      ...{ month, part, file, rows: draft.rows, bytes: draft.bytes, sha256 },
      ...{ tree_size: treeSize, written_at: writtenAt.toISOString() },
    },
    keyring,
  );
  const record = {
    ...{ month: dateOfMonth(month), part, place: place.name, file, ...draft },
    ...{ treeSize, signingKey, writtenAt, droppedAt: null },
  };
  await place.putFile(file, draftPath);
  await step?.('file placed');
  await place.putText(manifestName(file), text);
  await step?.('manifest placed');
  await verifyArchive(place, record, keyring);
  await step?.('read back');
  await keepRecord(deps, month, record);
  await step?.('recorded');
  return record;
}

async function readAndWrite(deps: ArchiveDeps, month: Month, fromSeq: number, path: string) {
  const client = await connect(deps.database.url);
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const treeSize = await sizeOfTree(client);
    const rows = readMonth(client, month, fromSeq);
    const keys = new PersonKeys(deps.database, deps.keyring);
    const draft: Draft = await writeDraft(path, month, rows, keys, deps.signal);
    return { draft, treeSize };
  } finally {
    await client.end();
  }
}

async function sizeOfTree(client: pg.ClientBase): Promise<number> {
  const { rows } = await client.query<{ size: string }>('SELECT size FROM audit_tree');
  return Number(rows[0]?.size ?? 0);
}

async function keepRecord(
  { database, clock }: ArchiveDeps,
  month: Month,
  record: ArchiveRecord,
): Promise<void> {
  const { part, place, file, rows, sha256 } = record;
  await database.orm.transaction(async (tx) => {
    await tx.insert(auditArchives).values(record);
    const after = { part, place, file, rows, sha256: sha256.toString('hex') };
    const change = {
      action: 'audit.archive',
      objectType: 'audit_month',
      objectIds: [month],
      before: null,
      after,
    };
    await recordChange(tx, { via: 'job' }, change, clock);
  });
}
