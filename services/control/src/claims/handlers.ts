import { type ClaimedKey, claimKey, type Handlers, isProblem, json, listClaim, page } from '@keyward/guard';
import { presentKey } from '../keys/present-key.ts';
import type { ControlDeps } from '../service.ts';
import type { claimsContract } from './contract.ts';

const keysMax = 100;
/** What holds a key, or says what a link opens, is nobody else's to keep. */
const unkept = { 'cache-control': 'no-store' };

export function claimHandlers(deps: ControlDeps): Handlers<typeof claimsContract> {
  return {
    async claimKey({ body }, context) {
      const from = { requestId: context.requestId, ip: context.clientAddress };
      const claimed = await claimKey(deps, body.claim, body.key_id, from);
      if (isProblem(claimed)) return claimed;
      context.audited(claimed.row.id);
      return json(201, { ...presentKey(claimed.row, deps.clock), key: claimed.key }, unkept);
    },

    async listClaim({ body }, context) {
      const after = body.cursor && { after: body.cursor };
      const listed = await listClaim(deps, body.claim, { limit: keysMax + 1, ...after });
      if (isProblem(listed)) return listed;
      const shown = page(listed.keys, keysMax, presentWaiting);
      context.audited(...shown.data.map(({ id }) => id));
      return json(200, { expires_at: listed.expiresAt.toISOString(), ...shown }, unkept);
    },
  };
}

function presentWaiting({ createdAt, ...key }: ClaimedKey) {
  return { ...key, created_at: createdAt.toISOString() };
}
