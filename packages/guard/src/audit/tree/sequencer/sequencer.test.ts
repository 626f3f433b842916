import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../testing/index.ts';
import { insertEntry } from '../../insert-entry.ts';
import { cuttableProxy } from '../../testing/cuttable-proxy.ts';
import { sampleEntry } from '../../testing/sample-entry.ts';
import { temporaryFolder } from '../../testing/temporary-folder.ts';
import { readCheckpoints } from '../anchors/read-checkpoints.ts';
import { noteSigner } from '../notes/note-key.ts';
import { verifyAudit } from '../verify/verify-audit.ts';
import { type SequencerOptions, startSequencer } from './sequencer.ts';

const signingKey = generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' });

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

const options = (changes: Partial<SequencerOptions> = {}): SequencerOptions => ({
  databaseUrl: database.url,
  signingKey,
  anchors: [],
  pollIntervalMs: 5,
  retryDelayMsMax: 20,
  rhythm: { grownAfterMs: 20, idleAfterMs: 50 },
  ...changes,
});

async function count(table: 'audit_leaves' | 'audit_checkpoints'): Promise<number> {
  const { rows } = await (table === 'audit_leaves'
    ? database.pool.query('SELECT count(*)::int AS count FROM audit_leaves')
    : database.pool.query('SELECT count(*)::int AS count FROM audit_checkpoints'));
  return rows[0].count;
}

async function verified() {
  const { rows } = await database.pool.query('SELECT origin FROM audit_tree');
  return verifyAudit({ databaseUrl: database.url, verifiers: [noteSigner(rows[0].origin, signingKey)] });
}

test('A4: several nodes sequence together; each entry has one leaf, and silence is signed', async () => {
  using folder = temporaryFolder();
  const anchors = [{ kind: 'folder' as const, path: folder.path, node: 'n' }];
  const nodes = [1, 2, 3].map(() => startSequencer(options({ rowsMax: 7, anchors })));
  for (let entry = 0; entry < 100; entry += 1) await insertEntry(database.orm, sampleEntry());
  await expect.poll(() => count('audit_leaves')).toBe(100);
  const before = await count('audit_checkpoints');
  await expect.poll(() => count('audit_checkpoints')).toBeGreaterThan(before + 2);
  await Promise.all(nodes.map((node) => node.stop()));
  expect(await verified()).toMatchObject({ isSound: true, entries: 100, uncovered: 0 });
  expect(nodes.reduce((sum, { figures }) => sum + figures.entries, 0)).toBe(100);
  let outside = 0;
  for await (const _note of readCheckpoints(folder.path)) outside += 1;
  expect(outside).toBe(await count('audit_checkpoints'));
});

test('A4: a sequencer goes on when the database is back, and stopping covers what is there', async () => {
  await using proxy = await cuttableProxy(database.url);
  const failed = Promise.withResolvers<Error>();
  const before = await count('audit_leaves');
  proxy.cut();
  const rhythm = { grownAfterMs: 3_600_000, idleAfterMs: 3_600_000 };
  const node = startSequencer(options({ databaseUrl: proxy.url, onError: failed.resolve, rhythm }));
  await failed.promise;
  expect(node.figures.failures).toBeGreaterThan(0);
  await insertEntry(database.orm, sampleEntry());
  proxy.restore();
  await expect.poll(() => count('audit_leaves')).toBe(before + 1);
  await insertEntry(database.orm, sampleEntry());
  await node.stop();
  expect(await verified()).toMatchObject({ isSound: true, leaves: before + 2, uncovered: 0 });
});
