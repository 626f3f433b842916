import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'pg';
import { connect } from '../../shipping/connect.ts';
import type { CopiedNote } from '../anchors/read-checkpoints.ts';
import type { Frontier } from '../frontier.ts';
import type { Checkpoint } from '../notes/checkpoint.ts';
import type { NoteVerifier } from '../notes/note-key.ts';
import { parseSnapshot } from '../snapshot.ts';
import { checkArchives } from './check-archives.ts';
import { checkCopy } from './check-copy.ts';
import { checkRows } from './check-rows.ts';
import { checkTree } from './check-tree.ts';
import { type ChainSummary, checkpointChain } from './checkpoint-chain.ts';
import { FindingList, type TreeFinding } from './findings.ts';
import type { LeafSource } from './leaf-source.ts';

export interface VerifyAuditOptions {
  readonly databaseUrl: string;
  /** The public keys that checkpoints may be signed with. */
  readonly verifiers: readonly NoteVerifier[];
  /** The checkpoints that lie outside. Without them nobody can tell an older state that was put back. */
  readonly copy?: AsyncIterable<CopiedNote>;
  readonly archives?: readonly LeafSource[];
  /** `share`: of the whole, from 0 to 1. */
  readonly onProgress?: (share: number) => void;
  /** So many are named; the rest is counted. Default 1,000. */
  readonly findingsMax?: number;
  /** How long a row that was brought this moment may take to its leaf, milliseconds. Default 3,000. */
  readonly settleMs?: number;
}

export interface AuditVerification {
  /** Nothing was found. */
  readonly isSound: boolean;
  readonly findings: readonly TreeFinding[];
  /** Findings beyond those that are named. */
  readonly findingsLeftOff: number;
  /** Entries that are as they were sequenced, in the database or an archive. */
  readonly entries: number;
  /** Of those, entries whose personal fields were erased. */
  readonly erased: number;
  readonly archived: number;
  readonly leaves: number;
  readonly checkpoints: number;
  /** The newest in the database. */
  readonly newest: Checkpoint | undefined;
  /** Entries that no checkpoint covers yet: those without a leaf, and leaves behind the newest checkpoint. */
  readonly uncovered: number;
  /** Checkpoints found in the copy; undefined without one. */
  readonly outside: number | undefined;
  /** Checkpoints of the database that the copy does not have yet. */
  readonly notOutside: number | undefined;
}

/** All of one moment: rows, leaves and checkpoints belong together. */
const begin =
  "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO'; SET LOCAL client_encoding = 'UTF8'; SET LOCAL work_mem = '64MB'; SET LOCAL statement_timeout = 0";

/**
 * Verifies the audit log (A4): its rows against the leaves, the leaves against the signed checkpoints, those against each
 * other and against their copy outside. Reads only; needs memory for a block, however long the log is.
 */
export async function verifyAudit(options: VerifyAuditOptions): Promise<AuditVerification> {
  const findings = new FindingList(options.findingsMax ?? 1_000);
  const client = await connect(options.databaseUrl);
  const beside = await connect(options.databaseUrl);
  try {
    const { state, rows, chain, archives } = await verifyMoment(client, beside, options, findings);
    await beside.query('COMMIT');
    const late = await stillWithoutLeaf(beside, rows.late, options.settleMs ?? 3_000);
    const why =
      'it has no leaf, though a checkpoint was signed after its time (if no node runs, start one first)';
    for (const id of late) findings.add({ kind: 'row_inserted', id, why });
    const copy = options.copy && (await checkCopy(beside, options.copy, options.verifiers, findings));
    return {
      isSound: findings.found.length === 0,
      findings: findings.found,
      findingsLeftOff: findings.leftOff,
      entries: rows.verified + archives.verified,
      erased: rows.erased + archives.erased,
      archived: archives.verified,
      leaves: state.leaves,
      checkpoints: chain.count,
      newest: chain.newest,
      uncovered: Math.max(0, state.leaves - (chain.newest?.size ?? 0)) + rows.unsequenced,
      outside: copy?.notes,
      notOutside: copy && Math.max(0, (chain.newest?.number ?? -1) - (copy.newest?.number ?? -1)),
    };
  } finally {
    await Promise.all([client.end(), beside.end()]);
  }
}

async function verifyMoment(
  client: Client,
  beside: Client,
  { verifiers, archives: sources = [], onProgress = () => {} }: VerifyAuditOptions,
  findings: FindingList,
) {
  const state = await openMoment(client, beside);
  const total = 2 * Math.max(state.leaves, 1);
  let done = 0;
  const chain: ChainSummary = { count: 0, newest: undefined };
  const tree = await checkTree({
    client,
    findings,
    size: state.leaves,
    checkpoints: checkpointChain(beside, verifiers, findings, chain),
    onProgress: (leaves) => onProgress(leaves / total),
  });
  onProgress(0.5);
  checkState(state, tree, findings);
  const rows = await checkRows({
    client,
    findings,
    sequenced: parseSnapshot(state.sequenced),
    now: parseSnapshot(state.now),
    signedAt: chain.newest?.signedAt,
    archivedMonths: new Set(sources.flatMap(({ months }) => [...months])),
    onProgress: (count) => {
      done += count;
      onProgress(0.5 + done / total);
    },
  });
  const archives = await checkArchives(client, sources, rows.archived, findings);
  return { state, rows, chain, archives };
}

interface TreeState {
  readonly size: number;
  readonly frontier: Buffer;
  readonly sequenced: string;
  readonly now: string;
  /** One more than the largest number. */
  readonly leaves: number;
}

/** Both connections see the same from here on. */
async function openMoment(client: Client, beside: Client): Promise<TreeState> {
  await client.query(begin);
  const { rows } = await client.query<TreeState & { snapshot: string }>(
    `SELECT size::float8 AS size, frontier, sequenced::text AS sequenced, pg_current_snapshot()::text AS now,
       (SELECT coalesce(max(seq), -1) + 1 FROM audit_leaves)::float8 AS leaves, pg_export_snapshot() AS snapshot
     FROM (SELECT) AS always LEFT JOIN audit_tree ON true`,
  );
  const [state] = rows;
  if (state === undefined || state.size === null) throw new Error('audit_tree has lost its row');
  await beside.query(begin);
  // No statement of its kind takes a parameter.
  const share = `SET TRANSACTION SNAPSHOT ${beside.escapeLiteral(state.snapshot)}`;
  await beside.query(share);
  return state;
}

function checkState(state: TreeState, tree: Frontier, findings: FindingList): void {
  if (state.size !== state.leaves) {
    findings.add({ kind: 'state_altered', why: `it counts ${state.size} leaves, there are ${state.leaves}` });
  } else if (!tree.encode().equals(state.frontier)) {
    findings.add({ kind: 'state_altered', why: 'its roots are not those of the leaves' });
  }
}

/** Of rows without a leaf, those that get none while a sequencer has time to. */
async function stillWithoutLeaf(client: Client, ids: readonly string[], settleMs: number): Promise<string[]> {
  if (ids.length === 0) return [];
  await delay(settleMs);
  const { rows } = await client.query<{ id: string }>(
    `SELECT id FROM unnest($1::text[]) id WHERE NOT EXISTS (SELECT FROM audit_leaves WHERE entry_id = id)`,
    [ids],
  );
  return rows.map(({ id }) => id);
}
