import type { ClientBase } from 'pg';
import { copyLines, lastTabAt, tabAt } from '../tree/copy-lines.ts';
import { commitmentTo, leafHash, openColumns, personalColumns } from '../tree/leaf.ts';
import { ArchiveBlocked } from './archive-errors.ts';
import { type Month, monthBegin, monthEnd } from './month.ts';

/** A row of a month with its place in the tree, its leaf checked. */
export interface MonthRow {
  readonly seq: number;
  /** As COPY wrote it. */
  readonly open: string;
  readonly commitment: Buffer;
  /** Undefined: erased. */
  readonly personal: { readonly salt: Buffer; readonly personal: Buffer } | undefined;
}

const columns = [...openColumns, ...personalColumns].map((column) => `l.${column}`).join(', ');
const columnsBefore = 4;

/** Values cannot be parameters of COPY; the transaction holds them. Newest first, as archives are read. */
const copyMonth = `COPY (
  SELECT e.seq, encode(e.leaf_hash, 'hex'), encode(s.salt, 'hex'), encode(x.commitment, 'hex'), ${columns}
  FROM audit_logs l LEFT JOIN audit_leaves e ON e.entry_id = l.id AND e.created_at = l.created_at
    LEFT JOIN audit_salts s ON s.seq = e.seq LEFT JOIN audit_erasures x ON x.seq = e.seq
  WHERE l.created_at >= current_setting('keyward.month_begin')::timestamptz
    AND l.created_at < current_setting('keyward.month_end')::timestamptz
    AND (e.seq IS NULL OR e.seq >= current_setting('keyward.from_seq')::bigint)
  ORDER BY l.created_at DESC, l.id DESC) TO STDOUT`;

/**
 * The rows of a month whose numbers are `fromSeq` or more, newest first, in batches. In a transaction that sees one state.
 * Throws `ArchiveBlocked` when a row has no leaf yet, or is not what its leaf says: it was altered.
 */
export async function* readMonth(
  client: ClientBase,
  month: Month,
  fromSeq: number,
): AsyncGenerator<MonthRow[]> {
  await client.query(
    `SELECT set_config('TimeZone', 'UTC', true), set_config('DateStyle', 'ISO', true),
       set_config('keyward.month_begin', $1, true), set_config('keyward.month_end', $2, true),
       set_config('keyward.from_seq', $3, true)`,
    [monthBegin(month).toISOString(), monthEnd(month).toISOString(), String(fromSeq)],
  );
  for await (const lines of copyLines(client, copyMonth)) yield lines.map((line) => rowOf(line, month));
}

function rowOf(line: Buffer, month: Month): MonthRow {
  const openAt = tabAt(line, columnsBefore) + 1;
  const personalAt = lastTabAt(line, personalColumns.length) + 1;
  const [seq = '', leaf = '', salt = '', erased = ''] = line.toString('latin1', 0, openAt - 1).split('\t');
  if (seq === '\\N') {
    throw new ArchiveBlocked(
      month,
      'some of its rows have no place in the audit tree yet; try again in a minute',
    );
  }
  const open = line.subarray(openAt, personalAt - 1);
  // The line is a view that the next one replaces.
  const part =
    salt === '\\N'
      ? undefined
      : { salt: Buffer.from(salt, 'hex'), personal: Buffer.from(line.subarray(personalAt)) };
  const commitment = part === undefined ? Buffer.from(erased, 'hex') : commitmentTo(part.personal, part.salt);
  if (leafHash(open, commitment).toString('hex') !== leaf) {
    throw new ArchiveBlocked(
      month,
      `its entry ${seq} is not what the audit tree says; run \`keyward audit verify\``,
    );
  }
  return {
    seq: Number(seq),
    open: open.toString('utf8'),
    commitment,
    personal: erased === '\\N' ? part : undefined,
  };
}
