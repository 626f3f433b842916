import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import pg from 'pg';
import { type KeyringKey, keyringOf, purposes } from '../../../encryption/keyring.ts';
import { fakeClock } from '../../../testing/fake-clock.ts';
import type { TestDatabase } from '../../../testing/test-database.ts';
import type { AuditEntry } from '../../entry.ts';
import { insertEntry } from '../../insert-entry.ts';
import { sampleEntry } from '../../testing/sample-entry.ts';
import { noteSigner } from '../../tree/notes/note-key.ts';
import { sequenceRound } from '../../tree/sequencer/sequence-round.ts';
import type { ArchiveDeps } from '../archive-deps.ts';
import { folderPlace } from '../places/folder-place.ts';

/** A keyring that is the same in every process that is given the same text. */
export function keyringFrom(text: string) {
  const keys = (JSON.parse(text) as { id: string; purpose: KeyringKey['purpose']; material: string }[]).map(
    ({ material, ...key }) => ({ ...key, material: Buffer.from(material, 'base64') }),
  );
  return keyringOf(keys);
}

export function newKeyringText(): string {
  const keys = purposes.map((purpose) => ({
    id: randomBytes(4).toString('hex'),
    purpose,
    material: (purpose === 'signing'
      ? generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' })
      : randomBytes(32)
    ).toString('base64'),
  }));
  return JSON.stringify(keys);
}

/** What archiving needs, on a database and a folder; the clock is late enough for all months before 2026. */
export function archiveDeps(
  database: ArchiveDeps['database'],
  folder: string,
  keyringText: string,
  changes: Partial<ArchiveDeps> = {},
): ArchiveDeps {
  return {
    database,
    keyring: keyringFrom(keyringText),
    clock: fakeClock(Date.UTC(2026, 6, 1)),
    place: folderPlace(join(folder, 'archives')),
    draftsFolder: join(folder, 'drafts'),
    onlineDays: 90,
    ...changes,
  };
}

/** Inserts entries as the shipper would, and gives them leaves. */
export async function logEntries(
  database: TestDatabase,
  entries: readonly Partial<AuditEntry>[],
): Promise<AuditEntry[]> {
  const all = entries.map((entry) => sampleEntry(entry));
  for (const entry of all) await insertEntry(database.orm, entry);
  await sequenceAll(database.url);
  return all;
}

export async function sequenceAll(url: string): Promise<void> {
  const key = generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' });
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (;;) {
      const round = await sequenceRound(client, {
        rowsMax: 50_000,
        rhythm: { grownAfterMs: 1e12, idleAfterMs: 1e12 },
        signerFor: (origin) => noteSigner(origin, key),
      });
      if (round.isOurs && !round.isFull) return;
    }
  } finally {
    await client.end();
  }
}
