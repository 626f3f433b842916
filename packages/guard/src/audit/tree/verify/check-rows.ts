import type { ClientBase } from 'pg';
import { copyLines } from '../copy-lines.ts';
import { openColumns, personalColumns } from '../leaf.ts';
import { LeafHasher } from '../leaf-hasher.ts';
import { isVisible, type Snapshot } from '../snapshot.ts';
import type { FindingList } from './findings.ts';
import { type JoinedRow, readJoinedRow } from './joined-row.ts';
import { SeqSet } from './seq-set.ts';
import { Suspects } from './suspects.ts';

export interface RowsInput {
  readonly client: ClientBase;
  readonly findings: FindingList;
  /** Rows that these transactions brought have been sequenced. */
  readonly sequenced: Snapshot;
  /** What the verification sees. */
  readonly now: Snapshot;
  /** Of the newest checkpoint, Unix milliseconds. */
  readonly signedAt: number | undefined;
  /** Months whose rows are in an archive, such as `2026-01`. */
  readonly archivedMonths: ReadonlySet<string>;
  readonly onProgress: (rows: number) => void;
}

export interface RowsSummary {
  /** Rows that are as they were sequenced. */
  verified: number;
  /** Of those, the ones whose personal fields were erased. */
  erased: number;
  /** Rows that wait for their leaf. */
  unsequenced: number;
  /** Leaves whose row must be in an archive. */
  readonly archived: SeqSet;
  /** Rows older than the newest checkpoint that have no leaf: either inserted, or brought this moment. */
  readonly late: string[];
}

const columns = [...openColumns, ...personalColumns].map((column) => `l.${column}`).join(', ');

/** Whatever order PostgreSQL finds fastest; both sides, so that what has no counterpart comes too. */
const copyJoined = `COPY (SELECT e.seq, e.entry_id, e.created_at, encode(e.leaf_hash, 'hex'), encode(s.salt, 'hex'),
    encode(x.commitment, 'hex'), l.tx, ${columns}
  FROM audit_logs l FULL JOIN audit_leaves e ON e.entry_id = l.id AND e.created_at = l.created_at
  LEFT JOIN audit_salts s ON s.seq = e.seq LEFT JOIN audit_erasures x ON x.seq = e.seq) TO STDOUT`;

/** A clock of another node may be behind, and an entry is on its way for a moment. */
const lateAfterMs = 60_000;
const lateMax = 1_000;

/** Compares every row with its leaf. */
export async function checkRows(input: RowsInput): Promise<RowsSummary> {
  const summary: RowsSummary = { verified: 0, erased: 0, unsequenced: 0, archived: new SeqSet(), late: [] };
  const suspects = new Suspects(input.findings);
  for await (const lines of copyLines(input.client, copyJoined)) {
    for (const line of lines) judge(readJoinedRow(line), input, summary, suspects);
    input.onProgress(lines.length);
  }
  suspects.end();
  return summary;
}

const hasher = new LeafHasher();

function judge(row: JoinedRow, input: RowsInput, summary: RowsSummary, suspects: Suspects): void {
  if (row.leaf === undefined) {
    judgeWithoutLeaf(row, input, summary, suspects);
  } else if (!row.hasRow) {
    if (input.archivedMonths.has(row.leafCreatedAt.slice(0, 7))) summary.archived.add(row.seq);
    else suspects.removed(row.seq, row.leafEntryId);
  } else if (row.commitment !== undefined && row.salt === undefined) {
    if (row.personalIsBlank && hasher.leaf(row.open, row.commitment) === row.leaf) {
      summary.verified += 1;
      summary.erased += 1;
    } else suspects.altered(row);
  } else if (row.salt === undefined) {
    input.findings.add({ kind: 'salt_removed', seq: row.seq, id: row.leafEntryId });
  } else if (hasher.leaf(row.open, hasher.commitment(row.salt, row.personal)) === row.leaf) {
    summary.verified += 1;
  } else suspects.altered(row);
}

function judgeWithoutLeaf(row: JoinedRow, input: RowsInput, summary: RowsSummary, suspects: Suspects): void {
  const { sequenced, now, signedAt } = input;
  const isOfThisDatabase = sequenced.xmax <= now.xmax;
  if (isOfThisDatabase && isVisible(row.tx, sequenced)) {
    suspects.inserted(row.id, 'it claims a transaction whose rows were sequenced before');
  } else if (isOfThisDatabase && row.tx >= now.xmax) {
    suspects.inserted(row.id, 'it claims a transaction that has not begun');
  } else {
    summary.unsequenced += 1;
    const isLate = signedAt !== undefined && row.createdAtMs < signedAt - lateAfterMs;
    if (isLate && summary.late.length < lateMax) summary.late.push(row.id);
  }
}
