import { afterEach, beforeEach, expect, test } from 'vitest';
import { openWebhookBed, type WebhookBed } from './testing/webhook-bed.ts';
import { webhookSecretsOf } from './webhook-secrets.ts';

let bed: WebhookBed;
beforeEach(async () => {
  bed = await openWebhookBed();
});
afterEach(() => bed[Symbol.asyncDispose]());

test('N7: other services sign for a URL by the secrets of each of its webhooks, live and test', async () => {
  const { secret: live } = await bed.create([]);
  const body = { url: bed.receiver.url, description: '', events: [] };
  const inTest = bed.context(bed.userId, 'test');
  const { secret: tried } = (await bed.call(bed.handlers.createWebhook, { body }, inTest)).body;
  const secrets = await webhookSecretsOf(bed.deps)(bed.receiver.url, bed.userId);
  expect(secrets.toSorted()).toEqual([live, tried].toSorted());
});

test('N7: a delivery that still waits is not replayed, and the answer says so', async () => {
  const { id } = await bed.create(['metadata.created']);
  await bed.document('a');
  const [delivery] = (await bed.call(bed.handlers.listWebhookDeliveries, { params: { id } })).body.data;
  const replay = (delivery_id = '') =>
    bed.call(bed.handlers.replayWebhookDelivery, { params: { id, delivery_id } });
  expect((await replay(delivery?.id)).status).toBe(409);
  expect((await replay('msg_other')).status).toBe(404);
  await bed.pass();
  expect((await replay(delivery?.id)).status).toBe(202);
});
