import { type Handlers, isProblem, json, page, refuse } from '@keyward/guard';
import type { deliveriesContract } from './contract/deliveries-contract.ts';
import type { endpointsContract } from './contract/endpoints-contract.ts';
import { listDeliveries, presentDelivery } from './deliveries/list-deliveries.ts';
import { replayDelivery, replaySince } from './deliveries/replay-deliveries.ts';
import { sendTest } from './deliveries/send-test.ts';
import { createWebhook } from './endpoints/create-webhook.ts';
import { findWebhook, listWebhooks } from './endpoints/find-webhook.ts';
import { presentWebhook } from './endpoints/present-webhook.ts';
import { rotateSecret } from './endpoints/rotate-secret.ts';
import { deleteWebhook, updateWebhook } from './endpoints/update-webhook.ts';
import type { WebhookDeps } from './webhook-deps.ts';
import type { webhooksContract } from './webhooks-contract.ts';

const noSuchWebhook = refuse('not_found');
const isDisabled = refuse('conflict', { detail: 'The webhook is disabled; enable it first.' });

export function webhookHandlers(deps: WebhookDeps): Handlers<typeof webhooksContract> {
  return { ...endpointHandlers(deps), ...deliveryHandlers(deps) };
}

function endpointHandlers(deps: WebhookDeps): Handlers<typeof endpointsContract> {
  const { orm } = deps.database;
  return {
    async createWebhook({ body }, context) {
      const created = await createWebhook(deps, context.caller, body);
      if (isProblem(created)) return created;
      const { row, secret } = created;
      context.audited(row.id);
      return json(201, { ...presentWebhook(row), secret }, { location: `/api/webhooks/${row.id}` });
    },

    async listWebhooks({ query: { limit, cursor } }, { caller }) {
      const rows = await listWebhooks(orm, caller, { limit: limit + 1, behindId: cursor?.id });
      return json(200, page(rows, limit, presentWebhook));
    },

    async readWebhook({ params }, context) {
      context.audited(params.id);
      const row = await findWebhook(orm, context.caller, params.id);
      return row === undefined ? noSuchWebhook : json(200, presentWebhook(row));
    },

    async updateWebhook({ params, body }, context) {
      context.audited(params.id);
      const row = await updateWebhook(deps, context.caller, params.id, body);
      return isProblem(row) ? row : json(200, presentWebhook(row));
    },

    async deleteWebhook({ params }, context) {
      context.audited(params.id);
      return (await deleteWebhook(deps, context.caller, params.id)) ? json(204) : noSuchWebhook;
    },

    async rotateWebhookSecret({ params, body }, context) {
      context.audited(params.id);
      const made = await rotateSecret(deps, context.caller, params.id, body.overlap_hours);
      if (isProblem(made)) return made;
      const { secret, previousValidUntil } = made;
      return json(201, { secret, previous_valid_until: previousValidUntil.toISOString() });
    },
  };
}

function deliveryHandlers({ database, clock }: WebhookDeps): Handlers<typeof deliveriesContract> {
  const { orm } = database;
  return {
    async testWebhook({ params }, context) {
      context.audited(params.id);
      const row = await findWebhook(orm, context.caller, params.id);
      if (row === undefined) return noSuchWebhook;
      if (row.state === 'disabled') return isDisabled;
      const delivery = await sendTest(orm, row, clock.now());
      return delivery === undefined ? noSuchWebhook : json(202, presentDelivery(delivery));
    },

    async listWebhookDeliveries({ params, query: { limit, cursor, state } }, context) {
      context.audited(params.id);
      const webhook = await findWebhook(orm, context.caller, params.id);
      if (webhook === undefined) return noSuchWebhook;
      const behind = cursor === undefined ? undefined : Number(cursor.id);
      if (behind !== undefined && !Number.isSafeInteger(behind))
        return refuse('invalid_request', {
          errors: [{ pointer: 'query/cursor', message: 'must be the next_cursor of an answer' }],
        });
      const rows = await listDeliveries(orm, webhook.id, { limit: limit + 1, state, behind });
      const placed = rows.map((row) => ({ id: String(row.place), createdAt: row.createdAt, row }));
      return json(
        200,
        page(placed, limit, ({ row }) => presentDelivery(row)),
      );
    },

    async replayWebhookDelivery({ params }, context) {
      context.audited(params.id);
      const webhook = await findWebhook(orm, context.caller, params.id);
      if (webhook === undefined) return noSuchWebhook;
      if (webhook.state === 'disabled') return isDisabled;
      const refusal = await replayDelivery(orm, webhook.id, params.delivery_id);
      return refusal ?? json(202, { replayed: 1 });
    },

    async replayWebhook({ params, body }, context) {
      context.audited(params.id);
      const webhook = await findWebhook(orm, context.caller, params.id);
      if (webhook === undefined) return noSuchWebhook;
      if (webhook.state === 'disabled') return isDisabled;
      const replayed = await replaySince(orm, webhook.id, new Date(body.since), body.state === 'failed');
      return json(202, { replayed });
    },
  };
}
