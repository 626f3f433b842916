import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../testing/index.ts';
import { sampleEntry } from '../../testing/sample-entry.ts';
import { Frontier } from '../frontier.ts';
import { fromBytes, toBytes } from '../merkle.ts';
import { noteSigner } from '../notes/note-key.ts';
import { lookAhead } from './find-unsequenced.ts';
import { type RoundOptions, sequenceRound } from './sequence-round.ts';

const signingKey = generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' });

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await database.pool.query("SELECT keyward_ensure_audit_partition('2026-07-01')");
});
afterAll(() => database[Symbol.asyncDispose]());
beforeEach(() =>
  database.pool.query(`
    SET session_replication_role = replica;
    TRUNCATE audit_logs, audit_leaves, audit_salts, audit_tiles, audit_checkpoints;
    UPDATE audit_tree SET size = 0, frontier = '', sequenced = '1:1:';
    SET session_replication_role = origin`),
);

const options = (rowsMax: number, signs = false): RoundOptions => ({
  rowsMax,
  rhythm: signs ? { grownAfterMs: 0, idleAfterMs: 0 } : { grownAfterMs: 1e12, idleAfterMs: 1e12 },
  signerFor: (origin) => noteSigner(origin, signingKey),
});

async function withClients<Result>(
  count: number,
  work: (clients: pg.Client[]) => Promise<Result>,
): Promise<Result> {
  const clients = Array.from({ length: count }, () => new pg.Client({ connectionString: database.url }));
  for (const client of clients) {
    client.on('error', () => {});
    await client.connect();
  }
  try {
    return await work(clients);
  } finally {
    await Promise.all(clients.map((client) => client.end().catch(() => {})));
  }
}

const insertRow = `INSERT INTO audit_logs (id, created_at, method, path, status, duration_ms, request_id, action, ip, user_agent, after, object_ids)
  VALUES ($1, $2, 'GET', E'/a\\tb\\\\c\\nd', 200, 1, 'r', 'a', $3, E'x\\ty\\b\\x0b\\f v', $4, ARRAY['a,b', NULL, 'q"'])`;

async function insert(client: pg.Client): Promise<void> {
  const { id, createdAt } = sampleEntry();
  const ip = id.endsWith('0') ? null : id.endsWith('1') ? '2001:db8::1' : '203.0.113.7';
  await client.query(insertRow, [id, new Date(createdAt), ip, { a: 'é\n\u{1F600}', n: 1.5 }]);
}

/** Every committed row has one leaf, which is the one that SQL makes of it; numbers run from 0; the state is theirs. */
async function expectWhole(): Promise<number> {
  const { rows } = await database.pool.query<{ seq: string; leaf: Buffer; plain: Buffer | null }>(`
    SELECT e.seq, e.leaf_hash AS leaf, keyward_audit_leaf(l, s.salt) AS plain FROM audit_leaves e
    LEFT JOIN audit_salts s USING (seq) LEFT JOIN audit_logs l ON l.id = e.entry_id AND l.created_at = e.created_at ORDER BY e.seq`);
  const frontier = new Frontier();
  for (const [at, { seq, leaf, plain }] of rows.entries()) {
    expect(Number(seq)).toBe(at);
    expect(leaf.toString('hex')).toBe(plain?.toString('hex'));
    frontier.append(fromBytes(leaf));
  }
  const logged = await database.pool.query('SELECT count(*)::int AS count FROM audit_logs');
  expect(rows.length).toBe(logged.rows[0].count);
  const tree = await database.pool.query('SELECT size::int AS size, frontier FROM audit_tree');
  expect(tree.rows).toEqual([{ size: rows.length, frontier: frontier.encode() }]);
  return rows.length;
}

async function sequenceAll(client: pg.Client, rowsMax: number): Promise<void> {
  for (;;) {
    const round = await sequenceRound(client, options(rowsMax));
    if (round.isOurs && !round.isFull) return;
  }
}

const steps = fc.array(
  fc.record({
    who: fc.nat(3),
    what: fc.constantFrom(
      ...['begin', 'insert', 'insert', 'insert', 'commit', 'commit', 'rollback'],
      ...['savepoint', 'rollback to', 'sequence', 'sequence', 'sequence twice', 'kill'],
    ),
  }),
  { minLength: 10, maxLength: 60 },
);

test('A4: whatever transactions do and however often sequencers die, each committed row has exactly one leaf', async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.constantFrom(1, 2, 5, 1000), async (script, rowsMax) => {
      await withClients(5, async ([writerA, writerB, writerC, writerD, sequencer]) => {
        const writers = [writerA, writerB, writerC, writerD] as pg.Client[];
        const isOpen = [false, false, false, false];
        const hasSavepoint = [false, false, false, false];
        for (const { who, what } of script) {
          const writer = writers[who] as pg.Client;
          if (what === 'begin' && !isOpen[who]) {
            await writer.query('BEGIN');
            isOpen[who] = true;
          } else if (what === 'insert') await insert(writer);
          else if ((what === 'commit' || what === 'rollback') && isOpen[who]) {
            await writer.query(what);
            isOpen[who] = false;
            hasSavepoint[who] = false;
          } else if (what === 'savepoint' && isOpen[who]) {
            await writer.query('SAVEPOINT s');
            hasSavepoint[who] = true;
          } else if (what === 'rollback to' && hasSavepoint[who]) await writer.query('ROLLBACK TO s');
          else if (what === 'sequence') await sequenceRound(sequencer as pg.Client, options(rowsMax, true));
          else if (what === 'sequence twice') await race(rowsMax);
          else if (what === 'kill') await killed(rowsMax);
        }
        for (const [at, writer] of writers.entries()) if (isOpen[at]) await writer.query('COMMIT');
        await sequenceAll(sequencer as pg.Client, rowsMax);
        await expectWhole();
      });
    }),
    { numRuns: 25, endOnFailure: true },
  );
});

/** Two at once: neither waits for the other for ever, and none fails. */
async function race(rowsMax: number): Promise<void> {
  await withClients(2, (clients) =>
    Promise.all(clients.map((client) => sequenceRound(client, options(rowsMax)))),
  );
}

/** A sequencer whose connection PostgreSQL ends while it works. */
async function killed(rowsMax: number): Promise<void> {
  await withClients(1, async ([client]) => {
    const { rows } = await (client as pg.Client).query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    const round = sequenceRound(client as pg.Client, options(rowsMax)).catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 8));
    await database.pool.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
    await round;
  });
}

test('A4: a transaction that commits late brings its rows, and those after it have not waited', async () => {
  await withClients(3, async ([late, early, sequencer]) => {
    const [slow, quick, tree] = [late, early, sequencer] as [pg.Client, pg.Client, pg.Client];
    await slow.query('BEGIN');
    await insert(slow);
    await insert(quick);
    expect(await sequenceRound(tree, options(100))).toMatchObject({ rows: 1 });
    await insert(quick);
    expect(await sequenceRound(tree, options(100))).toMatchObject({ rows: 1 });
    await slow.query('COMMIT');
    const { rows } = await tree.query(lookAhead);
    expect(rows[0]).toMatchObject({ hasNew: true });
    expect(await sequenceRound(tree, options(100))).toMatchObject({ rows: 1, isFull: false });
    expect(await expectWhole()).toBe(3);
  });
});

test('A4: in a database that was restored elsewhere the rows without a leaf are found by comparing', async () => {
  await withClients(1, async ([client]) => {
    const tree = client as pg.Client;
    await insert(tree);
    await sequenceAll(tree, 10);
    for (let count = 0; count < 7; count += 1) await insert(tree);
    // As after a restore: numbers of transactions begin far below those that the rows and the state hold.
    await tree.query(`SET session_replication_role = replica`);
    await tree.query(`UPDATE audit_tree SET sequenced = '900000000000:900000000000:'`);
    await tree.query(`UPDATE audit_logs SET tx = '899999999999'`);
    await tree.query(`SET session_replication_role = origin`);
    expect((await tree.query(lookAhead)).rows[0]).toMatchObject({ hasNew: true });
    await sequenceAll(tree, 3);
    expect(await expectWhole()).toBe(8);
    await insert(tree);
    await sequenceAll(tree, 3);
    expect(await expectWhole()).toBe(9);
  });
});

test('A4: an id that is inserted a second time has a leaf of its own and stops nothing', async () => {
  await withClients(1, async ([client]) => {
    const tree = client as pg.Client;
    const { id } = sampleEntry();
    for (const day of ['2026-07-15', '2026-07-16']) await tree.query(insertRow, [id, day, null, null]);
    await sequenceAll(tree, 10);
    expect(await expectWhole()).toBe(2);
  });
});

test('A4: tiles hold the roots of each 256 leaves', async () => {
  await withClients(1, async ([client]) => {
    const tree = client as pg.Client;
    await tree.query(`INSERT INTO audit_logs (id, created_at, method, path, status, duration_ms, request_id, action)
      SELECT 'n' || n, '2026-07-15', 'GET', '/', 200, 1, 'r', 'a' FROM generate_series(1, 600) n`);
    await sequenceAll(tree, 100);
    expect(await expectWhole()).toBe(600);
    const { rows } = await tree.query('SELECT level, tile::int AS tile, root FROM audit_tiles ORDER BY 1, 2');
    const { rows: leaves } = await tree.query('SELECT leaf_hash FROM audit_leaves ORDER BY seq');
    const rootOf = (tile: number) => {
      const frontier = new Frontier();
      for (const { leaf_hash } of leaves.slice(tile * 256, (tile + 1) * 256))
        frontier.append(fromBytes(leaf_hash));
      return toBytes(frontier.root());
    };
    expect(rows).toEqual([0, 1].map((tile) => ({ level: 0, tile, root: rootOf(tile) })));
  });
});
