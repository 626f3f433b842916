import type { Database } from '../../../database/database.ts';
import { commitmentTo, openColumns, personalColumns } from '../leaf.ts';
import { toBytes } from '../merkle.ts';
import { inclusionProof } from '../proofs.ts';
import { readCopyFields } from './copy-fields.ts';
import type { OpenFields, PersonalFields, Receipt } from './receipt.ts';
import { subtreeRoots } from './subtree-roots.ts';

/** Who asks for a receipt. */
export interface ReceiptViewer {
  /** Undefined: the operator, who may ask for any. */
  readonly userId: string | undefined;
  /** Only entries of this environment, and of none. */
  readonly environment?: string;
  /** Whether entries of others are theirs to see; the personal fields of others never are, but the operator's. */
  readonly seesAll: boolean;
}

export type ReceiptResult =
  | { readonly kind: 'receipt'; readonly receipt: Receipt }
  /** The entry is there, and no checkpoint covers it yet. */
  | { readonly kind: 'uncovered' }
  /** There is none, or none that the viewer may see. */
  | { readonly kind: 'unknown' };

interface Found {
  readonly userId: string | null;
  readonly open: string;
  readonly personal: string;
  readonly seq: number | null;
  readonly salt: Buffer | null;
  readonly commitment: Buffer | null;
}

// Of a request and the changes that it made, the request.
const entryOfRequest = `
  SELECT l.user_id AS "userId", keyward_audit_open_part(l) AS open, keyward_audit_personal_part(l) AS personal,
    e.seq::float8 AS seq, s.salt, x.commitment
  FROM audit_logs l LEFT JOIN audit_leaves e ON e.entry_id = l.id AND e.created_at = l.created_at
  LEFT JOIN audit_salts s ON s.seq = e.seq LEFT JOIN audit_erasures x ON x.seq = e.seq
  WHERE l.request_id = $1 AND ($2::text IS NULL OR l.user_id = $2)
    AND ($3::text IS NULL OR l.environment IS NULL OR l.environment = $3)
  ORDER BY l.method = '-', l.created_at LIMIT 1`;

/** The receipt of a request (A4): that its entry stands in the log, under the newest checkpoint. */
export async function auditReceipt(
  database: Database,
  requestId: string,
  viewer: ReceiptViewer,
): Promise<ReceiptResult> {
  const { rows } = await database.pool.query<Found>(entryOfRequest, [
    requestId,
    viewer.seesAll ? null : (viewer.userId ?? null),
    viewer.seesAll ? null : (viewer.environment ?? null),
  ]);
  const [found] = rows;
  if (found === undefined || (!viewer.seesAll && viewer.userId === undefined)) return { kind: 'unknown' };
  const checkpoint = await newestCheckpoint(database);
  if (found.seq === null || checkpoint === undefined || checkpoint.size <= found.seq)
    return { kind: 'uncovered' };
  const proof = await inclusionProof(subtreeRoots(database), found.seq, checkpoint.size);
  const isTheirs = viewer.userId === undefined || viewer.userId === found.userId;
  return {
    kind: 'receipt',
    receipt: {
      format: 'keyward-receipt/1',
      entry: fieldsOf(openColumns, found.open) as OpenFields,
      personal: personalPart(found, isTheirs),
      seq: found.seq,
      proof: proof.map((hash) => toBytes(hash).toString('base64')),
      checkpoint: checkpoint.note,
    },
  };
}

/** The newest checkpoint; undefined before the first. */
export async function newestCheckpoint(
  database: Database,
): Promise<{ size: number; note: string } | undefined> {
  const { rows } = await database.pool.query<{ size: number; note: string }>(
    'SELECT size::float8 AS size, note FROM audit_checkpoints ORDER BY number DESC LIMIT 1',
  );
  return rows[0];
}

function personalPart({ personal, salt, commitment }: Found, isTheirs: boolean): Receipt['personal'] {
  if (salt === null) return { commitment: (commitment ?? Buffer.alloc(0)).toString('base64') };
  if (!isTheirs) return { commitment: commitmentTo(Buffer.from(personal), salt).toString('base64') };
  return { fields: fieldsOf(personalColumns, personal) as PersonalFields, salt: salt.toString('base64') };
}

function fieldsOf(columns: readonly string[], line: string): Record<string, string | null> {
  const fields = readCopyFields(line);
  return Object.fromEntries(columns.map((column, at) => [column, fields[at] ?? null]));
}
