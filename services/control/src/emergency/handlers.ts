import {
  emergencyRotationStatus,
  type Handlers,
  isProblem,
  json,
  page,
  refuse,
  rotatedKeys,
  snakeCase,
  startEmergencyRotation,
} from '@keyward/guard';
import { actorOf } from '../actor-of.ts';
import type { ControlDeps } from '../service.ts';
import type { emergencyContract } from './contract.ts';
import { presentEmergencyRotation } from './present-emergency-rotation.ts';

export function emergencyHandlers(deps: ControlDeps): Handlers<typeof emergencyContract> {
  const { database } = deps;
  return {
    async startEmergencyRotation({ body }, context) {
      const { owner, service, environment, issued_before: issuedBefore, all } = body;
      const { reason = 'emergency', grace_seconds = 0 } = body;
      const selection = { owner, service, environment, issuedBefore, all };
      const wish = { selection, reason, graceMs: grace_seconds * 1000 };
      const started = await startEmergencyRotation(deps, wish, actorOf(context));
      if (isProblem(started)) return started;
      if (started.kind === 'nothing') return json(200, { id: null, keys_stopped: 0 });
      context.audited(started.rotation.id);
      return json(202, presentEmergencyRotation(started.rotation));
    },

    async showEmergencyRotation({ params }, context) {
      const rotation = await emergencyRotationStatus(database, params.id);
      if (rotation === undefined) return refuse('not_found');
      context.audited(rotation.id);
      return json(200, presentEmergencyRotation(rotation));
    },

    async listRotatedKeys({ params, query }, context) {
      const { limit, cursor } = query;
      if ((await emergencyRotationStatus(database, params.id)) === undefined) return refuse('not_found');
      context.audited(params.id);
      const keys = await rotatedKeys(database, params.id, {
        limit: limit + 1,
        ...(cursor && { after: cursor }),
      });
      return json(
        200,
        page(keys, limit, (key) => snakeCase({ ...key })),
      );
    },
  };
}
