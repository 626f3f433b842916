import {
  auditReceipt,
  bytes,
  type Handlers,
  json,
  type KeyCaller,
  newestCheckpoint,
  type ReceiptViewer,
  refuse,
  roleSuffices,
} from '@keyward/guard';
import type { ControlDeps } from '../service.ts';
import type { auditProofsContract } from './contract.ts';

/** How long an entry may be on its way: through the journal, to its leaf, to a checkpoint. */
const onItsWayMs = 30_000;
const pending = () => json(202, { status: 'pending' }, { 'retry-after': '5', 'cache-control': 'no-store' });

export function auditProofHandlers({
  database,
  clock,
}: Pick<ControlDeps, 'database' | 'clock'>): Handlers<typeof auditProofsContract> {
  return {
    async auditProof({ params }, context) {
      const result = await auditReceipt(database, params.request_id, viewerOf(context.caller));
      if (result.kind === 'receipt') {
        context.audited(String(result.receipt.entry.id));
        return json(200, result.receipt, { 'cache-control': 'no-store' });
      }
      // Of somebody else's request the answer is that of one which never was.
      const isOnItsWay = result.kind === 'uncovered' || isRecent(params.request_id, clock.now());
      return isOnItsWay ? pending() : refuse('not_found');
    },

    async auditCheckpoint() {
      const checkpoint = await newestCheckpoint(database);
      if (checkpoint === undefined) return refuse('not_found');
      return bytes(200, checkpoint.note, {
        'content-type': 'text/plain; charset=utf-8',
        'cache-control': 'public, max-age=5',
      });
    },
  };
}

function viewerOf({ userId, environment, role, scopes }: KeyCaller): ReceiptViewer {
  return { userId, environment, seesAll: scopes.has('audit:read') && roleSuffices(role, 'admin') };
}

/** Our ids begin with their moment (UUID version 7). */
function isRecent(requestId: string, nowMs: number): boolean {
  const time = /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-/.exec(requestId);
  const ageMs = time === null ? Number.NaN : nowMs - Number.parseInt(`${time[1]}${time[2]}`, 16);
  return ageMs >= -1_000 && ageMs < onItsWayMs;
}
