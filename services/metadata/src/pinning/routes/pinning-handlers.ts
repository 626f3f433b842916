import { type Handlers, isProblem, json, type Problem, type Reply, refuse } from '@keyward/guard';
import type { PinningDeps } from '../pinning-deps.ts';
import type { PinRow } from '../pins-table.ts';
import { askForCollection, askForDocument, askForMedia } from './ask-for-pin.ts';
import { deletePin, retryPin } from './change-pin.ts';
import { findPin, listPins } from './list-pins.ts';
import type { pinningContract } from './pinning-contract.ts';
import { presentPin } from './present-pin.ts';

interface Audited {
  audited(...ids: string[]): void;
}

export function pinningHandlers(deps: PinningDeps): Handlers<typeof pinningContract> {
  return {
    listPins: ({ query }, { caller }) => listPins(deps, caller, query),

    async readPin({ params }, context) {
      const found = await findPin(deps.database.orm, context.caller, params.id);
      return oneOf(200, found ?? refuse('not_found'), context);
    },

    async retryPin({ params }, context) {
      return oneOf(202, await retryPin(deps, context.caller, params.id), context);
    },

    async deletePin({ params }, context) {
      return oneOf(202, await deletePin(deps, context.caller, params.id), context);
    },

    async pinCollection({ params, query: { profile, names } }, context) {
      const request = { idOrName: params.id, profile, naming: names };
      return allOf(await askForCollection(deps, context.caller, request), context);
    },

    async pinDocument({ params }, context) {
      return allOf(await askForDocument(deps, context.caller, params.id), context);
    },

    async pinMedia({ params }, context) {
      return allOf(await askForMedia(deps, context.caller, params.id), context);
    },
  };
}

function oneOf(status: number, found: PinRow | Problem, context: Audited): Reply {
  if (isProblem(found)) return found;
  context.audited(found.id);
  return json(status, presentPin(found));
}

function allOf(found: readonly PinRow[] | Problem, context: Audited): Reply {
  if (isProblem(found)) return found;
  context.audited(...found.map(({ id }) => id));
  return json(202, { data: found.map(presentPin) });
}
