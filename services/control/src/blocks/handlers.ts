import { addBlock, type Handlers, isProblem, json, listBlocks, page, removeBlock } from '@keyward/guard';
import { actorOf } from '../actor-of.ts';
import type { ControlDeps } from '../service.ts';
import type { blocksContract } from './contract.ts';
import { presentBlock } from './present-block.ts';

export function blockHandlers(deps: ControlDeps): Handlers<typeof blocksContract> {
  return {
    async listBlocks({ query }) {
      const { limit, cursor, state } = query;
      const filter = { limit: limit + 1, includesEnded: state === 'all', after: cursor };
      const rows = await listBlocks(deps.database, filter, deps.clock.now());
      return json(200, page(rows, limit, presentBlock));
    },

    async addBlock({ body }, context) {
      const { subject, reason, expires_in_seconds: seconds } = body;
      const wanted = { subject, reason, forMs: seconds && seconds * 1000 };
      const block = await addBlock(deps, wanted, actorOf(context));
      if (isProblem(block)) return block;
      context.audited(block.id);
      return json(201, presentBlock(block));
    },

    async removeBlock({ params }, context) {
      const block = await removeBlock(deps, params.id, actorOf(context));
      if (isProblem(block)) return block;
      context.audited(block.id);
      return json(200, presentBlock(block));
    },
  };
}
