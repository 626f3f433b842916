import {
  cancelPlannedRotation,
  type Handlers,
  isProblem,
  json,
  planRotation,
  type Reply,
  refuse,
  rotateKey,
  rotationHistory,
  showKey,
} from '@keyward/guard';
import { actorOf } from '../actor-of.ts';
import type { ControlDeps } from '../service.ts';
import type { rotationsContract } from './contract.ts';
import { presentPlan, presentRotated, presentRotation } from './present-rotation.ts';

export function rotationHandlers(deps: ControlDeps): Handlers<typeof rotationsContract> {
  const { database, clock } = deps;

  const rotate = async (
    wanted: Parameters<typeof rotateKey>[1],
    context: Parameters<typeof actorOf>[0],
  ): Promise<Reply> => {
    const rotated = await rotateKey(deps, wanted, actorOf(context));
    if (isProblem(rotated)) return rotated;
    context.audited(rotated.old.id, rotated.successor.id);
    return json(201, presentRotated(rotated, clock));
  };

  return {
    async rotateKey({ params, body }, context) {
      const { at, deliver, reason } = body;
      const wanted = { id: params.id, reason, graceMs: milliseconds(body.grace_seconds) };
      const expiresInMs = milliseconds(body.expires_in_seconds);
      if (at === undefined) return rotate({ ...wanted, deliver, expiresInMs }, context);
      if (deliver === 'secret' || expiresInMs !== undefined) return notWithAt;
      const plan = await planRotation(deps, { ...wanted, at: new Date(at) }, actorOf(context));
      if (isProblem(plan)) return plan;
      context.audited(plan.keyId);
      return json(202, presentPlan(plan));
    },

    rotateOwnKey: ({ body }, context) =>
      rotate({ id: context.caller.keyId, graceMs: milliseconds(body.grace_seconds) }, context),

    async cancelPlannedRotation({ params }, context) {
      const plan = await cancelPlannedRotation(deps, params.id, actorOf(context));
      if (isProblem(plan)) return plan;
      context.audited(plan.keyId);
      return json(200, presentPlan(plan));
    },

    async listRotations({ params }, context) {
      const key = await showKey(database.orm, params.id);
      if (key === undefined) return refuse('not_found');
      context.audited(key.id);
      const rotations = await rotationHistory(database, key.id);
      return json(200, { data: rotations.map(presentRotation) });
    },
  };
}

const notWithAt = refuse('invalid_request', {
  detail: 'A planned rotation gives its owner a link; only grace_seconds and reason can be said with "at".',
  errors: [{ pointer: '/at', message: 'cannot stand beside deliver "secret" or expires_in_seconds' }],
});

const milliseconds = (seconds: number | undefined): number | undefined =>
  seconds === undefined ? undefined : seconds * 1000;
