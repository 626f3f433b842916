import {
  banUser,
  createUser,
  deleteUser,
  handOver,
  isProblem,
  type Problem,
  signWebhook,
  unbanUser,
} from '@keyward/guard';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { MediaStore } from '../media/storage/media-store.ts';
import { openWebhookBed, type WebhookBed } from '../webhooks/testing/webhook-bed.ts';
import { webhookSecretsOf } from '../webhooks/webhook-secrets.ts';
import { handOverOf } from './hand-over.ts';

const byConsole = { via: 'cli' } as const;
let bed: WebhookBed;
let to: string;
beforeEach(async () => {
  bed = await openWebhookBed();
  const wanted = { email: 'ben@example.com', name: 'Ben', role: 'user' } as const;
  to = accepted(await createUser(bed.database, wanted, byConsole, bed.clock)).id;
});
afterEach(() => bed[Symbol.asyncDispose]());

function accepted<T>(outcome: T | Problem): T {
  if (isProblem(outcome)) throw new Error(`${outcome.code}: ${outcome.detail}`);
  return outcome;
}

/** What the guard knows of the service when a person goes. Nobody here has media. */
function people() {
  const { database, clock } = bed;
  const none = { database, clock, store: {} as MediaStore, quotaBytes: 1, incoming: '' };
  return { database, clock, services: [{ name: 'metadata', ...handOverOf(none) }] };
}

const ban = async () =>
  accepted(await banUser(people(), { user: bed.userId, reason: 'x', expiresInMs: undefined }, byConsole));
const give = async () =>
  accepted(await handOver(people(), { from: bed.userId, to, keys: true, data: true }, byConsole));
const erase = (handOverTo?: string) =>
  deleteUser(people(), { user: bed.userId, handOverTo, force: false }, byConsole);
const shown = async (id: string, userId = to) =>
  bed.call(bed.handlers.readWebhook, { params: { id } } as never, bed.context(userId));
const enable = async (id: string) =>
  expect(
    await bed.call(
      bed.handlers.updateWebhook,
      { params: { id }, body: { state: 'enabled' } } as never,
      bed.context(to),
    ),
  ).toMatchObject({ status: 200 });
const rows = async (table: string) =>
  (await bed.database.pool.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${table}`)).rows[0]?.n;

test('K10, N7, D1: webhooks change hands with their secrets and what still waits, and go on once the new owner enables them', async () => {
  const { id, secret } = await bed.create(['metadata.created']);
  await bed.document('before');
  expect((await give()).data).toMatchObject({ metadata: { webhooks: 1, documents: 1 } });
  expect((await shown(id)).body).toMatchObject({ state: 'disabled', disabled_because: 'handed_over' });
  expect((await shown(id, bed.userId)).status).toBe(404);
  await bed.document('before-it-is-enabled', to);
  await bed.pass();
  expect(bed.receiver.received).toEqual([]);
  await enable(id);
  await bed.document('of-the-new-owner', to);
  await bed.document('of-the-old-owner');
  await bed.pass();
  expect(bed.receiver.received.map(({ event }) => event.data.id)).toEqual(['before', 'of-the-new-owner']);
  for (const { headers, body } of bed.receiver.received) {
    const signed = signWebhook(
      secret,
      String(headers['webhook-id']),
      Number(headers['webhook-timestamp']) * 1_000,
      body,
    );
    expect(headers['webhook-signature']).toBe(signed['webhook-signature']);
  }
});

test('K10, N7: while a person is banned nothing is sent to their webhooks; what waited is sent when the ban is lifted', async () => {
  const { secret } = await bed.create(['metadata.created']);
  await bed.document('waits');
  const secrets = () => webhookSecretsOf(bed.deps)(bed.receiver.url, bed.userId);
  expect(await secrets()).toEqual([secret]);
  await ban();
  await bed.pass();
  expect([bed.receiver.received, await secrets()]).toEqual([[], []]);
  accepted(await unbanUser(people(), bed.userId, byConsole));
  await bed.pass();
  expect(bed.receiver.received.map(({ event }) => event.data.id)).toEqual(['waits']);
});

test('K10, N7: what other services send to a webhook is not signed while it is disabled, so it waits, also after a hand-over', async () => {
  const { id, secret } = await bed.create([]);
  const secrets = (owner = to) => webhookSecretsOf(bed.deps)(bed.receiver.url, owner);
  expect(await secrets(bed.userId)).toEqual([secret]);
  await give();
  expect(await secrets()).toEqual([]);
  await enable(id);
  expect(await secrets()).toEqual([secret]);
});

test('K10, N7: a ban stops what is being sent, before the next message', async () => {
  await bed.create(['metadata.created']);
  for (const n of [1, 2, 3, 4, 5, 6, 7, 8, 9]) await bed.document(`d${n}`);
  let banned: Promise<unknown> | undefined;
  bed.receiver.answer = () => {
    banned ??= ban();
    return undefined;
  };
  const { pool } = bed.database;
  // Each message is answered only once the ban is there.
  await pool.query(`CREATE FUNCTION wait_for_ban() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    FOR n IN 1..500 LOOP
      EXIT WHEN EXISTS (SELECT FROM users WHERE banned); PERFORM pg_sleep(0.02);
    END LOOP; RETURN NEW; END $$`);
  await pool.query(`CREATE TRIGGER wait_for_ban BEFORE UPDATE ON webhook_deliveries FOR EACH ROW
    WHEN (NEW.state = 'delivered') EXECUTE FUNCTION wait_for_ban()`);
  await bed.pass();
  await banned;
  // Those that were on their way at the same time.
  expect(bed.receiver.received.length).toBeLessThanOrEqual(4);
  expect(await rows(`webhook_deliveries WHERE state = 'waiting'`)).toBeGreaterThanOrEqual(5);
});

test('K10, N7: who is deleted has no webhooks any more, nor secrets or messages; handed over before, they stay', async () => {
  const { id } = await bed.create(['metadata.created']);
  await bed.document('waits');
  expect(await erase()).toMatchObject({ code: 'conflict', detail: expect.stringContaining('1 webhooks') });
  expect(await erase(to)).toMatchObject({ handedOver: { data: { metadata: { webhooks: 1 } } } });
  await enable(id);

  await bed.document('too', to);
  accepted(await deleteUser(people(), { user: to, handOverTo: undefined, force: true }, byConsole));
  await bed.pass();
  expect(bed.receiver.received).toEqual([]);
  const tables = ['webhook_endpoints', 'webhook_secrets', 'webhook_deliveries'];
  expect(await Promise.all(tables.map(rows))).toEqual([0, 0, 0]);
  // Data stay, for a later hand-over.
  expect(await rows(`metadata WHERE user_id = '${to}'`)).toBe(2);
});
