import { openColumns, personalColumns } from '../leaf.ts';

const columns = [...openColumns, ...personalColumns].map((column) => `l.${column}`).join(', ');

const hasNoLeaf = `NOT EXISTS (SELECT FROM audit_leaves e WHERE e.entry_id = l.id AND e.created_at = l.created_at)`;

const sequenced = '(SELECT sequenced FROM audit_tree)';

/** Of transactions that the stored snapshot did not see and this one does. */
const isNew = `l.tx >= pg_snapshot_xmin(${sequenced}) AND l.tx < pg_snapshot_xmax(pg_current_snapshot())
  AND NOT pg_visible_in_snapshot(l.tx, ${sequenced}) AND pg_visible_in_snapshot(l.tx, pg_current_snapshot())`;

/** Values cannot be parameters of COPY; the transaction holds this one. */
const rowsMax = `LIMIT current_setting('keyward.rows_max')::bigint`;

/**
 * Rows of transactions that are over since the last round: their transaction, then the columns of a leaf. The look at the
 * leaves is for a transaction that was taken in part, and for numbers of transactions that a restored database gives out
 * again.
 */
export const copyNewRows = `COPY (SELECT l.tx, ${columns} FROM audit_logs l WHERE ${isNew} AND ${hasNoLeaf} ORDER BY l.tx ${rowsMax}) TO STDOUT`;

/** The same by comparing the tables: the plain form, and the way when the stored snapshot says nothing. */
export const copyRowsWithoutLeaf = `COPY (SELECT l.tx, ${columns} FROM audit_logs l WHERE ${hasNoLeaf} ${rowsMax}) TO STDOUT`;

/** Whether a round would find something, and how things stand with the checkpoints; locks and writes nothing. */
export const lookAhead = `
  SELECT pg_snapshot_xmax(${sequenced}) > pg_snapshot_xmax(pg_current_snapshot())
    OR EXISTS (SELECT FROM audit_logs l WHERE ${isNew}) AS "hasNew", t.size::float8 AS size,
    c.size::float8 AS "signedSize", extract(epoch FROM now() - c.signed_at)::float8 * 1000 AS "ageMs"
  FROM audit_tree t LEFT JOIN (SELECT size, signed_at FROM audit_checkpoints ORDER BY number DESC LIMIT 1) c ON true`;
