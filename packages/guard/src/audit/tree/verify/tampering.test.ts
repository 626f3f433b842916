import { generateKeyPairSync } from 'node:crypto';
import { rm } from 'node:fs/promises';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../testing/index.ts';
import { temporaryFolder } from '../../testing/temporary-folder.ts';
import { folderPlace } from '../anchors/folder-place.ts';
import { keepNewer } from '../anchors/keep-newer.ts';
import { readCheckpoints } from '../anchors/read-checkpoints.ts';
import { noteSigner, parseNoteKey } from '../notes/note-key.ts';
import { sequenceRound } from '../sequencer/sequence-round.ts';
import { findingInWords } from './findings.ts';
import { type Clone, clone, onServer } from './testing/clone.ts';
import { resign } from './testing/resign.ts';
import { type AuditVerification, verifyAudit } from './verify-audit.ts';

const newKey = () => generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' });
const signingKey = newKey();
const outside = temporaryFolder();

let original: TestDatabase;
let vkey: string;
let grown: Clone;

/** Entries in eight groups, a checkpoint after each: the numbers 0 to 799 in checkpoints 0 to 7. */
const perGroup = 100;

beforeAll(async () => {
  original = await createTestDatabase();
  const client = new pg.Client({ connectionString: original.url });
  await client.connect();
  const { rows } = await client.query<{ origin: string }>('SELECT origin FROM audit_tree');
  vkey = noteSigner(rows[0]?.origin as string, signingKey).vkey;
  for (let group = 0; group < 4; group += 1) await grow(client, group);
  await client.end();
  await original.pool.end().catch(() => {});
  // An older state, put aside as a backup would.
  grown = await clone(original.url);
  await grown.change(async (later) => {
    for (let group = 4; group < 8; group += 1) await grow(later, group);
    await keepNewer(later, folderPlace({ path: outside.path, node: 'n1' }));
  });
});

afterAll(async () => {
  await grown.drop();
  await rm(outside.path, { recursive: true, force: true });
  await onServer(`DROP DATABASE IF EXISTS ${new URL(original.url).pathname.slice(1)} WITH (FORCE)`);
});

async function grow(client: pg.Client, group: number): Promise<void> {
  await client.query("SELECT keyward_ensure_audit_partition('2026-07-01')");
  await client.query(
    `INSERT INTO audit_logs (id, created_at, method, path, status, duration_ms, ip, user_agent, request_id, action, after)
     SELECT 'e' || $1::int * $2::int + n, '2026-07-15'::timestamptz + ($1::int * $2::int + n) * interval '1 s', 'GET', '/', 200, 1, '203.0.113.7', 'curl', 'r' || n, 'a', '{"a": 1}'
     FROM generate_series(0, $2::int - 1) n`,
    [group, perGroup],
  );
  await sign(client);
}

async function sign(client: pg.Client): Promise<void> {
  await sequenceRound(client, {
    rowsMax: 1000,
    rhythm: { grownAfterMs: -1, idleAfterMs: -1 },
    signerFor: (origin) => noteSigner(origin, signingKey),
  });
}

async function verified(url: string, withCopy = true): Promise<AuditVerification> {
  return verifyAudit({
    databaseUrl: url,
    verifiers: [parseNoteKey(vkey)],
    settleMs: 0,
    ...(withCopy && { copy: readCheckpoints(outside.path) }),
  });
}

/** Does something to a copy of the log, and verifies that. */
async function afterTampering(
  work: string | ((client: pg.Client) => Promise<unknown>),
  withCopy = true,
): Promise<AuditVerification> {
  const tampered = await clone(grown.url);
  try {
    await tampered.change(typeof work === 'string' ? (client) => client.query(work) : work);
    const result = await verified(tampered.url, withCopy);
    for (const finding of result.findings) expect(findingInWords(finding)).toMatch(/\w.*\.$/);
    return result;
  } finally {
    await tampered.drop();
  }
}

test('A4: a sound log is found sound, with what it holds', async () => {
  expect(await verified(grown.url)).toMatchObject({
    isSound: true,
    findings: [],
    entries: 800,
    leaves: 800,
    checkpoints: 8,
    uncovered: 0,
    outside: 8,
    notOutside: 0,
    newest: { number: 7, size: 800 },
  });
});

test.each([
  ['a byte of an open field', `UPDATE audit_logs SET path = '/x' WHERE id = 'e250'`],
  ['a personal field', `UPDATE audit_logs SET ip = '203.0.113.8' WHERE id = 'e250'`],
  ['the moment', `UPDATE audit_logs SET created_at = created_at + interval '1 ms' WHERE id = 'e250'`],
  ['a salt', `UPDATE audit_salts SET salt = '\\x${'00'.repeat(16)}' WHERE seq = 250`],
  ['a blanked field without an erasure', `UPDATE audit_logs SET ip = NULL, after = NULL WHERE id = 'e250'`],
])('A4: an altered row is named: %s', async (_what, statement) => {
  expect(await afterTampering(statement)).toMatchObject({
    isSound: false,
    findings: [{ kind: 'row_altered', seq: 250, id: 'e250' }],
    entries: 799,
  });
});

test('A4: a removed row is named', async () => {
  const { findings } = await afterTampering(`DELETE FROM audit_logs WHERE id IN ('e3', 'e799')`);
  expect(findings).toEqual([
    { kind: 'row_removed', seq: 3, id: 'e3' },
    { kind: 'row_removed', seq: 799, id: 'e799' },
  ]);
});

test('A4: an inserted row is named, whatever transaction and time it claims', async () => {
  const { findings } = await afterTampering(`
    INSERT INTO audit_logs (id, created_at, method, path, status, duration_ms, request_id, action, tx)
    SELECT 'forged-' || tx, '2026-07-15', 'GET', '/', 200, 1, 'r', 'a', tx::xid8 FROM unnest(ARRAY['3', '99999999999']) tx;
    INSERT INTO audit_logs (id, created_at, method, path, status, duration_ms, request_id, action)
    VALUES ('forged-now', '2026-07-15', 'GET', '/', 200, 1, 'r', 'a')`);
  expect(findings.map((finding) => [finding.kind, 'id' in finding && finding.id])).toEqual([
    ['row_inserted', 'forged-3'],
    ['row_inserted', 'forged-99999999999'],
    ['row_inserted', 'forged-now'],
  ]);
});

test('A4: two rows that were swapped are named', async () => {
  const { findings } = await afterTampering(`
    UPDATE audit_logs SET path = CASE id WHEN 'e10' THEN '/of-20' ELSE '/of-10' END WHERE id IN ('e10', 'e20')`);
  expect(findings).toEqual([
    { kind: 'row_altered', seq: 10, id: 'e10' },
    { kind: 'row_altered', seq: 20, id: 'e20' },
  ]);
});

const swapLeaves = (from: number, to: number) => `
  UPDATE audit_leaves SET seq = -1 WHERE seq = ${from}; UPDATE audit_leaves SET seq = ${from} WHERE seq = ${to};
  UPDATE audit_leaves SET seq = ${to} WHERE seq = -1;`;

test('A4: leaves that were put into another order are named', async () => {
  const { findings } = await afterTampering(swapLeaves(10, 20));
  expect(findings).toContainEqual({ kind: 'reordered', seq: 10, id: 'e20' });
  expect(findings).toContainEqual({ kind: 'reordered', seq: 20, id: 'e10' });
  expect(findings).toContainEqual({ kind: 'leaves_altered', from: 0, to: 99, checkpoint: 0 });
});

test('A4: a row altered together with its leaf is found between two checkpoints', async () => {
  const forge = `
    UPDATE audit_logs SET path = '/forged' WHERE id = 'e540';
    UPDATE audit_leaves e SET leaf_hash = keyward_audit_leaf(l, s.salt) FROM audit_logs l, audit_salts s
    WHERE l.id = 'e540' AND e.entry_id = l.id AND s.seq = e.seq`;
  const { findings, entries } = await afterTampering(forge);
  expect(entries).toBe(800);
  expect(findings).toContainEqual({ kind: 'leaves_altered', from: 512, to: 599, checkpoint: 5 });
  expect(findings.map(({ kind }) => kind)).toEqual(
    ['leaves_altered', 'state_altered'].slice(0, findings.length),
  );
});

test('A4: a leaf that was removed with its row is named', async () => {
  const { findings } = await afterTampering(
    `DELETE FROM audit_logs WHERE id = 'e300'; DELETE FROM audit_leaves WHERE seq = 300; DELETE FROM audit_salts WHERE seq = 300`,
  );
  expect(findings).toContainEqual({ kind: 'leaf_removed', from: 300, to: 300 });
});

const cutTail = `
  DELETE FROM audit_logs WHERE id IN (SELECT entry_id FROM audit_leaves WHERE seq >= 500);
  DELETE FROM audit_leaves WHERE seq >= 500; DELETE FROM audit_salts WHERE seq >= 500;
  DELETE FROM audit_tiles WHERE level = 0 AND tile >= 1;`;

test('A4: a tail that was cut off under the checkpoints is found', async () => {
  const { findings } = await afterTampering(cutTail);
  expect(findings).toContainEqual({ kind: 'truncated', leaves: 500, signed: 800, checkpoint: 7 });
});

test('A4: a tail that was cut off with its checkpoints and the state is found by the copy outside', async () => {
  const { findings } = await afterTampering(`${cutTail} DELETE FROM audit_checkpoints WHERE number > 4;
    UPDATE audit_tree SET size = 500`);
  expect(findings).toContainEqual({ kind: 'rolled_back', newest: 4, outside: 7, size: 800 });
});

test('A4: two neighbouring checkpoints that were removed are named', async () => {
  expect(await afterTampering('DELETE FROM audit_checkpoints WHERE number IN (3, 4)')).toMatchObject({
    findings: [{ kind: 'checkpoint_missing', from: 3, to: 4 }],
  });
  expect(await afterTampering('DELETE FROM audit_checkpoints WHERE number IN (0, 1)')).toMatchObject({
    findings: [{ kind: 'checkpoint_missing', from: 0, to: 1 }],
  });
});

test('A4: checkpoints that another key has signed are named, all or some of them, also without the copy', async () => {
  const otherKey = newKey();
  for (const from of [0, 5]) {
    const { findings } = await afterTampering(resign(otherKey, from), false);
    expect(findings).toEqual([{ kind: 'checkpoint_foreign', from, to: 7 }]);
  }
});

test('A4: a checkpoint that was altered is named, and so is one that breaks the chain', async () => {
  const altered = await afterTampering(
    `UPDATE audit_checkpoints SET note = replace(note, E'\\n300\\n', E'\\n299\\n'), size = 299 WHERE number = 2`,
  );
  expect(altered.findings).toContainEqual({ kind: 'checkpoint_foreign', from: 2, to: 2 });
  expect(altered.findings).toContainEqual(expect.objectContaining({ kind: 'checkpoint_altered', number: 3 }));
  const other = await afterTampering('UPDATE audit_checkpoints SET size = 299 WHERE number = 2');
  expect(other.findings).toContainEqual(expect.objectContaining({ kind: 'checkpoint_altered', number: 2 }));
  const unread = await afterTampering(`UPDATE audit_checkpoints SET note = 'nothing' WHERE number = 2`);
  expect(unread.findings).toContainEqual(expect.objectContaining({ kind: 'checkpoint_altered', number: 2 }));
});

test('A4: an old copy of the database that was put back is found, at once and after it went on', async () => {
  const restored = await clone(original.url);
  try {
    expect((await verified(restored.url, false)).findings).toEqual([]);
    expect((await verified(restored.url)).findings).toEqual([
      { kind: 'rolled_back', newest: 3, outside: 7, size: 800 },
    ]);
    await restored.change(async (client) => {
      await client.query('SET session_replication_role = origin');
      for (let group = 14; group < 19; group += 1) await grow(client, group);
    });
    expect((await verified(restored.url)).findings).toEqual([
      { kind: 'checkpoint_replaced', from: 4, to: 7 },
    ]);
  } finally {
    await restored.drop();
  }
});

test('A5: an erased entry verifies and is told apart from an altered one', async () => {
  const erase = `
    INSERT INTO audit_erasures (seq, commitment) SELECT e.seq, sha256(s.salt || convert_to(keyward_audit_personal_part(l), 'UTF8'))
    FROM audit_logs l JOIN audit_leaves e ON e.entry_id = l.id JOIN audit_salts s USING (seq) WHERE l.id = 'e77';
    UPDATE audit_logs SET ip = NULL, user_agent = NULL, before = NULL, after = NULL WHERE id = 'e77';
    DELETE FROM audit_salts WHERE seq = 77;`;
  expect(await afterTampering(erase)).toMatchObject({ isSound: true, findings: [], erased: 1, entries: 800 });
  const forged = `${erase} UPDATE audit_logs SET status = 500 WHERE id = 'e77'`;
  expect(await afterTampering(forged)).toMatchObject({
    findings: [{ kind: 'row_altered', seq: 77 }],
    erased: 0,
  });
  expect(await afterTampering('DELETE FROM audit_salts WHERE seq = 8')).toMatchObject({
    findings: [{ kind: 'salt_removed', seq: 8, id: 'e8' }],
  });
});

test('A4: stored roots of tiles, and the state, that were altered are found', async () => {
  const tile = await afterTampering(`UPDATE audit_tiles SET root = sha256('x') WHERE tile = 1`);
  expect(tile.findings).toEqual([{ kind: 'tile_altered', tile: 1 }]);
  const state = await afterTampering(`UPDATE audit_tree SET frontier = substr(frontier, 2) || '\\x00'`);
  expect(state.findings).toMatchObject([{ kind: 'state_altered' }]);
});

test('A4: entries that no checkpoint covers yet are counted and are no finding', async () => {
  const result = await afterTampering(async (client) => {
    await client.query(`INSERT INTO audit_logs (id, created_at, method, path, status, duration_ms, request_id, action)
      VALUES ('new', now(), 'GET', '/', 200, 1, 'r', 'a')`);
  });
  expect(result).toMatchObject({ isSound: true, uncovered: 1 });
});

test('A4: however much is altered, so many are named and the rest is counted', async () => {
  const tampered = await clone(grown.url);
  try {
    await tampered.change((client) => client.query('UPDATE audit_logs SET status = 500'));
    const options = { databaseUrl: tampered.url, verifiers: [parseNoteKey(vkey)], findingsMax: 10 };
    expect(await verifyAudit(options)).toMatchObject({ isSound: false, entries: 0, findingsLeftOff: 790 });
  } finally {
    await tampered.drop();
  }
});
