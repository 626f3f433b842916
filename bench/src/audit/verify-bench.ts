import { generateKeyPairSync } from 'node:crypto';
import { noteSigner, parseNoteKey, startSequencer, verifyAudit } from '@keyward/guard';
import { guardMigrations, runMigrations } from '@keyward/guard/database';
import { startPostgres } from '@keyward/test/services';
import pg from 'pg';
import type { Bench } from '../bench.ts';
import { median } from '../medians.ts';
import { atLeast } from '../report/goal.ts';

/** P7: how fast the log is sequenced and verified. */
export const bench: Bench = async ({ rounds, isShort, log }) => {
  const entries = isShort ? 20_000 : 1_000_000;
  const rates = await measureVerifyRate({ entries, rounds: Math.min(rounds, 5), log });
  const thousands = (rate: number): number => rate / 1e3;
  return {
    title: 'Verifying the audit log',
    goals: [atLeast('P7', 'verifying the tree, thousand entries/s', thousands(median(rates.tree)), 500)],
    paragraphs: [
      `${entries} entries; medians of ${rates.tree.length}. Sequenced at ${Math.round(rates.sequencing)} entries/s; the tree is verified at ${Math.round(median(rates.tree))} (${range(rates.tree)}), the rows beside their leaves, two hashes each, at ${Math.round(median(rates.rows))} (${range(rates.rows)}).`,
    ],
  };
};

function range(rates: readonly number[]): string {
  return `${Math.round(Math.min(...rates))}..${Math.round(Math.max(...rates))}`;
}

interface VerifyRateOptions {
  readonly entries: number;
  readonly rounds: number;
  readonly log: (line: string) => void;
}

/** Entries a second, a round each. */
interface VerifyRates {
  readonly entries: number;
  /** From the stored leaves to the roots of all checkpoints. */
  readonly tree: readonly number[];
  /** The rows beside their leaves: two hashes each. */
  readonly rows: readonly number[];
  /** Giving leaves to entries that have none, of one round. */
  readonly sequencing: number;
}

/** On a PostgreSQL of its own. */
async function measureVerifyRate(options: VerifyRateOptions): Promise<VerifyRates> {
  await using stack = new AsyncDisposableStack();
  const postgres = stack.adopt(await startPostgres(), (server) => server.stop());
  const { entries, rounds, log } = options;
  const signingKey = generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' });
  await runMigrations(postgres.url, [guardMigrations]);
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  stack.defer(() => client.end());
  await fill(client, entries);
  log(`${entries} entries are in the log`);
  const sequencing = await sequence(postgres.url, client, signingKey, entries);
  log(`sequenced, ${Math.round(sequencing)}/s`);
  await client.query('VACUUM ANALYZE audit_logs, audit_leaves, audit_salts');

  const { rows: trees } = await client.query<{ origin: string }>('SELECT origin FROM audit_tree');
  const verifier = parseNoteKey(noteSigner(trees[0]?.origin ?? '', signingKey).vkey);
  const tree: number[] = [];
  const rows: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const began = performance.now();
    let treeEnded = began;
    // The tree comes first and takes the first half of the bar.
    const onProgress = (share: number): void => {
      if (share <= 0.5) treeEnded = performance.now();
    };
    const result = await verifyAudit({ databaseUrl: postgres.url, verifiers: [verifier], onProgress });
    const ended = performance.now();
    if (!result.isSound || result.entries !== entries)
      throw new Error('the log of the benchmark is not sound');
    tree.push((entries / (treeEnded - began)) * 1e3);
    rows.push((entries / (ended - treeEnded)) * 1e3);
    log(`tree ${Math.round(tree.at(-1) ?? 0)}/s, rows ${Math.round(rows.at(-1) ?? 0)}/s`);
  }
  return { entries, tree, rows, sequencing };
}

async function fill(client: pg.Client, entries: number): Promise<void> {
  await client.query("SELECT keyward_ensure_audit_partition('2026-07-01')");
  const perTransaction = 5_000;
  for (let first = 0; first < entries; first += perTransaction) {
    await client.query(
      `INSERT INTO audit_logs (id, created_at, user_id, api_key, method, path, status, duration_ms, ip, user_agent,
         request_id, service, environment, action, object_type, object_ids, object_count)
       SELECT gen_random_uuid()::text, '2026-07-01'::timestamptz + n * interval '10 ms', gen_random_uuid()::text,
         'key-' || n % 1000, 'POST', '/api/metadata', 201, 4, '203.0.113.7', 'Mozilla/5.0 (X11; Linux x86_64)',
         gen_random_uuid()::text, 'metadata', 'live', 'metadata.create', 'metadata', ARRAY['md_' || n], 1
       FROM generate_series($1::int, $2::int - 1) n`,
      [first, Math.min(first + perTransaction, entries)],
    );
  }
}

async function sequence(
  databaseUrl: string,
  client: pg.Client,
  signingKey: Uint8Array,
  entries: number,
): Promise<number> {
  const began = performance.now();
  const rhythm = { grownAfterMs: 100, idleAfterMs: 10_000 };
  const node = startSequencer({ databaseUrl, signingKey, anchors: [], pollIntervalMs: 10, rhythm });
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    const { rows } = await client.query<{ size: string }>('SELECT size FROM audit_tree');
    if (Number(rows[0]?.size) === entries) break;
  }
  const seconds = (performance.now() - began) / 1e3;
  await node.stop();
  return entries / seconds;
}
