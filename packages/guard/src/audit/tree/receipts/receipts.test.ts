import { createHash, generateKeyPairSync } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../testing/index.ts';
import { insertEntry } from '../../insert-entry.ts';
import { sampleEntry } from '../../testing/sample-entry.ts';
import { Frontier } from '../frontier.ts';
import { fromBytes, type TreeHash, toBytes } from '../merkle.ts';
import { parseCheckpoint } from '../notes/checkpoint.ts';
import { noteSigner } from '../notes/note-key.ts';
import { consistencyProof, inclusionProof } from '../proofs.ts';
import { sequenceRound } from '../sequencer/sequence-round.ts';
import { consistencyHolds, inclusionHolds } from '../verify-proofs.ts';
import { auditReceipt, newestCheckpoint } from './audit-receipt.ts';
import { readCopyFields } from './copy-fields.ts';
import { subtreeRoots } from './subtree-roots.ts';

let database: TestDatabase;
let client: pg.Client;
beforeAll(async () => {
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database[Symbol.asyncDispose]();
});

const signingKey = generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' });
const sequence = (signs: boolean) =>
  sequenceRound(client, {
    rowsMax: 1000,
    rhythm: signs ? { grownAfterMs: -1, idleAfterMs: -1 } : { grownAfterMs: 1e12, idleAfterMs: 1e12 },
    signerFor: (origin) => noteSigner(origin, signingKey),
  });
const viewer = (userId: string, environment = 'live') => ({ userId, environment, seesAll: false });
const operator = { userId: undefined, seesAll: true };

test('A4: the owner of a request gets its receipt once a checkpoint covers it; to others there is none', async () => {
  const mine = sampleEntry({ userId: 'ada', path: '/a\tb\\c', after: { name: 'Zoë' } });
  expect(await newestCheckpoint(database)).toBeUndefined();
  await sequence(true);
  await insertEntry(database.orm, sampleEntry({ method: '-', userId: 'ada', requestId: mine.requestId }));
  await insertEntry(database.orm, mine);
  const ask = (who: Parameters<typeof auditReceipt>[2]) => auditReceipt(database, mine.requestId, who);
  expect(await ask(viewer('ada'))).toEqual({ kind: 'uncovered' });
  await sequence(false);
  expect(await ask(viewer('ada'))).toEqual({ kind: 'uncovered' });
  await sequence(true);
  const result = await ask(viewer('ada'));
  if (result.kind !== 'receipt') throw new Error('there is a receipt');
  expect(result.receipt).toMatchObject({
    entry: { id: mine.id, path: '/a\tb\\c', status: '201', error_code: null, object_ids: '{md_1}' },
    personal: { fields: { ip: '203.0.113.7', before: null, after: '{"name": "Zoë"}' } },
  });
  const { size, root } = parseCheckpoint(result.receipt.checkpoint).checkpoint;
  const { rows } = await client.query('SELECT leaf_hash FROM audit_leaves WHERE entry_id = $1', [mine.id]);
  const path = result.receipt.proof.map((hash) => fromBytes(Buffer.from(hash, 'base64')));
  const leaf = fromBytes(rows[0].leaf_hash);
  expect(inclusionHolds({ leaf, seq: result.receipt.seq, size, root }, path)).toBe(true);

  for (const other of [viewer('bob'), viewer('ada', 'test'), { userId: undefined, seesAll: false }]) {
    expect(await ask(other)).toEqual({ kind: 'unknown' });
  }
  const seen = await ask({ userId: 'bob', seesAll: true });
  expect(seen.kind === 'receipt' && Object.keys(seen.receipt.personal)).toEqual(['commitment']);
  const whole = await ask(operator);
  expect(whole.kind === 'receipt' && Object.keys(whole.receipt.personal)).toEqual(['fields', 'salt']);
  expect(await auditReceipt(database, 'nothing', operator)).toEqual({ kind: 'unknown' });
});

test('A4: fields are read as COPY writes them', () => {
  expect(readCopyFields('a\t\\N\t\\\\N\t\\t\\n\\\\\\v\t')).toEqual(['a', null, '\\N', '\t\n\\\v', '']);
});

test('A4: proofs in a tree of two levels of tiles hold, for whatever leaf and whatever size', async () => {
  const size = 66_700;
  const hashes = Array.from({ length: size }, (_, at) => createHash('sha256').update(String(at)).digest());
  const tiles: [number, number, Buffer][] = [];
  const frontier = new Frontier(0, [], (level, tile, root) => tiles.push([level, tile, toBytes(root)]));
  const sizes = new Set([1, 2, 255, 256, 257, 65_535, 65_536, 65_537, 66_000, size]);
  const roots = new Map<number, TreeHash>();
  for (const hash of hashes) {
    frontier.append(fromBytes(hash));
    if (sizes.has(frontier.size)) roots.set(frontier.size, frontier.root());
  }
  await client.query(
    'SET session_replication_role = replica; DELETE FROM audit_leaves; DELETE FROM audit_tiles',
  );
  await client.query(
    `INSERT INTO audit_leaves SELECT place - 1, place::text, now(), hash FROM unnest($1::bytea[]) WITH ORDINALITY h (hash, place)`,
    [hashes],
  );
  await client.query(
    'INSERT INTO audit_tiles SELECT * FROM unnest($1::smallint[], $2::bigint[], $3::bytea[])',
    [tiles.map(([level]) => level), tiles.map(([, tile]) => tile), tiles.map(([, , root]) => root)],
  );
  for (const [within, root] of roots) {
    for (const seq of [0, 1, 255, 256, 300, 65_535, 65_536, 65_600, within - 1].filter(
      (each) => each < within,
    )) {
      const path = await inclusionProof(subtreeRoots(database), seq, within);
      const leaf = fromBytes(hashes[seq] as Buffer);
      expect(inclusionHolds({ leaf, seq, size: within, root }, path)).toBe(true);
    }
    for (const [older, olderRoot] of roots) {
      if (older > within) continue;
      const path = await consistencyProof(subtreeRoots(database), older, within);
      expect(consistencyHolds({ size: older, root: olderRoot }, { size: within, root }, path)).toBe(true);
    }
  }
  await client.query('DELETE FROM audit_tiles WHERE level = 0 AND tile = 3');
  await expect(inclusionProof(subtreeRoots(database), 0, size)).rejects.toThrow('keyward audit verify');
});
