import { signWebhook } from '@keyward/guard';
import { eq } from 'drizzle-orm';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { metadata } from '../documents/tables.ts';
import { openWebhookBed, type WebhookBed } from './testing/webhook-bed.ts';
import type { Received } from './testing/webhook-receiver.ts';
import { webhookSecretsOf } from './webhook-secrets.ts';

const hour = 3_600_000;
let bed: WebhookBed;
beforeEach(async () => {
  bed = await openWebhookBed();
});
afterEach(() => bed[Symbol.asyncDispose]());

const versionsOf = (received: readonly Received[], id: string) =>
  received.filter(({ event }) => event.data.id === id).map(({ event }) => event.data.version);
/** Whether a message is signed by a secret, as the guard signs; the client's own check is in the acceptance tests. */
function isSignedBy(secret: string, { headers, body }: Received): boolean {
  const sentAtMs = Number(headers['webhook-timestamp']) * 1_000;
  const signed = signWebhook(secret, String(headers['webhook-id']), sentAtMs, body)['webhook-signature'];
  return String(headers['webhook-signature']).split(' ').includes(String(signed));
}

test('N7: every change of a document is told to those who asked, signed, small, and to nobody else', async () => {
  const { secret } = await bed.create([
    'metadata.created',
    'metadata.updated',
    'metadata.deleted',
    'metadata.restored',
    'metadata.frozen',
  ]);
  await bed.create(['media.created']);
  const id = await bed.document('d1');
  await bed.document('d2', 'somebody-else');
  await bed.change(id);
  const write = (columns: string) =>
    bed.database.pool.query(`UPDATE metadata SET ${columns} WHERE id = 'd1'`);
  await write('name = name');
  await write('deleted_at = now()');
  await write('deleted_at = NULL');
  await write('frozen = true, frozen_at = now()');
  await bed.pass();
  expect(bed.receiver.received.map(({ event }) => event.type)).toEqual([
    'metadata.created',
    'metadata.updated',
    'metadata.deleted',
    'metadata.restored',
    'metadata.frozen',
  ]);
  const [first] = bed.receiver.received;
  expect(first?.event.data).toEqual({ id, version: 1, cid: 'bafy1', collection_id: null, token_id: null });
  expect(isSignedBy(secret, first as Received)).toBe(true);
  expect(isSignedBy(`whsec_${Buffer.alloc(32).toString('base64')}`, first as Received)).toBe(false);
});

test('N7: what is rolled back is told to nobody', async () => {
  await bed.create(['metadata.updated']);
  const id = await bed.document('a');
  const failing = bed.database.orm.transaction(async (tx) => {
    await tx.update(metadata).set({ version: 2 }).where(eq(metadata.id, id));
    throw new Error('changed my mind');
  });
  await expect(failing).rejects.toThrow('changed my mind');
  await bed.pass();
  expect(bed.receiver.received).toEqual([]);
});

test('N7: collections, media and pins are told of', async () => {
  await bed.create(['collection.published', 'media.created', 'media.deleted', 'pin.pinned', 'pin.failed']);
  const { pool } = bed.database;
  await pool.query(
    `INSERT INTO collections (id, user_id, environment, name, created_at, updated_at) VALUES ('c1', $1, 'live', 'C', now(), now())`,
    [bed.userId],
  );
  await pool.query(`UPDATE collections SET published_at = now() WHERE id = 'c1'`);
  await pool.query(
    `INSERT INTO media (id, user_id, owner_key, environment, name, type, bytes, sha256, cid, width, height, visibility, metadata_preserved, original_bytes, created_at)
     VALUES ('m1', $1, 'k', 'live', 'n', 'image/png', 1, repeat('a', 64), 'b', 1, 1, 'private', false, 1, now())`,
    [bed.userId],
  );
  await pool.query('DELETE FROM media');
  await pool.query(
    `INSERT INTO pins (id, user_id, environment, provider, kind, object_id, profile, naming, cid, state, next_try_at, created_at, updated_at)
     VALUES ('p1', $1, 'live', 'pinata', 'document', 'd', 'p', 'n', 'c', 'queued', now(), now(), now())`,
    [bed.userId],
  );
  await pool.query(`UPDATE pins SET state = 'pinned', next_try_at = NULL`);
  await pool.query(`UPDATE pins SET state = 'failed', reason = 'cid_differs'`);
  await bed.pass();
  expect(bed.receiver.received.map(({ event }) => event.type).sort()).toEqual([
    'collection.published',
    'media.created',
    'media.deleted',
    'pin.failed',
    'pin.pinned',
  ]);
});

test('N7: changes of one object arrive in their order, also when one has to be sent again', async () => {
  await bed.create(['metadata.created', 'metadata.updated']);
  const ids = await Promise.all(['a', 'b', 'c'].map((id) => bed.document(id)));
  for (let n = 0; n < 5; n += 1) for (const id of ids) await bed.change(id);
  let failures = 3;
  bed.receiver.answer = ({ event }) => (event.data.version === 3 && failures-- > 0 ? 500 : 204);
  for (let n = 0; n < 5; n += 1) {
    await bed.pass();
    bed.clock.advance(hour);
  }
  for (const id of ids) {
    const versions = versionsOf(bed.receiver.received, id);
    expect([...new Set(versions)]).toEqual([1, 2, 3, 4, 5, 6]);
    expect(versions).toEqual(versions.toSorted((x, y) => Number(x) - Number(y)));
  }
});

test('N7, O4: what a process that died had begun is sent by the next, with the same id', async () => {
  await bed.create(['metadata.created']);
  await bed.document('a');
  let isDead = false;
  bed.receiver.answer = () => {
    isDead = true;
    return undefined;
  };
  const { pool } = bed.database;
  // Between the answer and its being written down: what kill -9 leaves behind.
  await pool.query(`CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF NEW.state = 'delivered' THEN RAISE 'dead'; END IF; RETURN NEW; END $$`);
  await pool.query(
    'CREATE TRIGGER stop BEFORE UPDATE ON webhook_deliveries FOR EACH ROW EXECUTE FUNCTION stop()',
  );
  await bed.pass().catch(() => {});
  expect(isDead).toBe(true);
  await pool.query('DROP TRIGGER stop ON webhook_deliveries');
  await bed.pass();
  expect(bed.receiver.received).toHaveLength(1);
  bed.clock.advance(60_001);
  await bed.pass();
  const ids = bed.receiver.received.map(({ headers }) => headers['webhook-id']);
  expect([ids.length, new Set(ids).size]).toEqual([2, 1]);
});

test('N7, M4: a receiver that is down for a day gets everything, in order', async () => {
  await bed.create(['metadata.created', 'metadata.updated']);
  let isUp = false;
  bed.receiver.answer = () => (isUp ? 204 : 503);
  for (let n = 0; n < 12; n += 1) {
    await bed.document(`d${n}`);
    await bed.change(`d${n}`);
    await bed.pass();
    bed.clock.advance(2 * hour);
  }
  const tries = bed.receiver.received.length;
  isUp = true;
  bed.receiver.received.length = 0;
  for (let n = 0; n < 3; n += 1) {
    await bed.pass();
    bed.clock.advance(900_000);
  }
  expect(tries).toBeLessThan(200);
  for (let n = 0; n < 12; n += 1) expect(versionsOf(bed.receiver.received, `d${n}`)).toEqual([1, 2]);
});

test('N7: after five days without a success it is disabled, and its owner is told without the path of the URL', async () => {
  const { id } = await bed.create(['metadata.created']);
  bed.receiver.answer = () => 500;
  for (let n = 0; n < 11; n += 1) {
    if (n % 3 === 0) await bed.document(`d${n}`);
    await bed.pass();
    bed.clock.advance(12 * hour);
  }
  const shown = await bed.call(bed.handlers.readWebhook, { params: { id } });
  expect(shown.body).toMatchObject({ state: 'disabled', disabled_because: 'failing' });
  const { rows } = await bed.database.pool.query('SELECT recipient, content FROM notifications');
  expect(rows).toHaveLength(1);
  expect(rows[0].recipient).toBe('ada@example.com');
  expect(JSON.stringify(rows[0].content)).not.toContain('in-the-url');
  bed.receiver.answer = () => undefined;
  await bed.call(bed.handlers.updateWebhook, { params: { id }, body: { state: 'enabled' } });
  await bed.pass();
  const failed = await bed.call(bed.handlers.replayWebhook, {
    params: { id },
    body: { since: '2020-01-01T00:00:00Z', state: 'failed' },
  });
  expect(failed.body.replayed).toBeGreaterThan(0);
  await bed.pass();
  const { body } = await bed.call(bed.handlers.listWebhookDeliveries, { params: { id } });
  expect(body.data.map(({ state }) => state)).toEqual(['delivered', 'delivered', 'delivered', 'delivered']);
});

test('N7: a receiver that says it is gone is asked no more; Retry-After is heard', async () => {
  const { id } = await bed.create(['metadata.created']);
  bed.receiver.answer = () => [429, { 'retry-after': '3600' }];
  await bed.document('a');
  await bed.pass();
  bed.clock.advance(hour - 1_000);
  await bed.pass();
  expect(bed.receiver.received).toHaveLength(1);
  bed.clock.advance(2_000);
  bed.receiver.answer = () => 410;
  await bed.pass();
  const shown = await bed.call(bed.handlers.readWebhook, { params: { id } });
  expect(shown.body).toMatchObject({ state: 'disabled', disabled_because: 'gone' });
});

test('N7: a redirect is not followed and counts as a failure', async () => {
  const { id } = await bed.create(['metadata.created']);
  bed.receiver.answer = () => [307, { location: bed.receiver.url }];
  await bed.document('a');
  await bed.pass();
  expect(bed.receiver.received).toHaveLength(1);
  const { body } = await bed.call(bed.handlers.listWebhookDeliveries, { params: { id } });
  expect(body.data).toMatchObject([{ state: 'waiting', attempts: 1, last_status: 307 }]);
});

test('N7: a receiver that is slow or away does not hold up the others', async () => {
  const stuck = 'http://127.0.0.1:1/';
  for (let n = 0; n < 18; n += 1) await bed.create(['metadata.created'], stuck);
  await bed.create(['metadata.created']);
  for (let n = 0; n < 5; n += 1) await bed.document(`d${n}`);
  await bed.pass();
  expect(bed.receiver.received).toHaveLength(5);
});

test('N7: one delivery is replayed with its id, and all since a moment', async () => {
  const { id } = await bed.create(['metadata.created']);
  await bed.document('a');
  await bed.document('b');
  await bed.pass();
  const listed = await bed.call(bed.handlers.listWebhookDeliveries, { params: { id } });
  const one = listed.body.data[0]?.id ?? '';
  expect(
    (await bed.call(bed.handlers.replayWebhookDelivery, { params: { id, delivery_id: one } })).status,
  ).toBe(202);
  await bed.pass();
  expect(bed.receiver.received.at(-1)?.headers['webhook-id']).toBe(one);
  const since = { since: '2020-01-01T00:00:00Z', state: 'all' } as const;
  const all = await bed.call(bed.handlers.replayWebhook, { params: { id }, body: since });
  expect(all.body.replayed).toBe(2);
  await bed.pass();
  expect(bed.receiver.received).toHaveLength(5);
});

test('N7: a test event arrives whatever was asked for', async () => {
  const { id, secret } = await bed.create([]);
  expect((await bed.call(bed.handlers.testWebhook, { params: { id } })).status).toBe(202);
  await bed.pass();
  const [message] = bed.receiver.received;
  expect(message?.event.type).toBe('webhook.test');
  expect(isSignedBy(secret, message as Received)).toBe(true);
});

test('N7, D1: a secret is shown once and lies sealed; two hold while one replaces the other, then one', async () => {
  const { id, secret } = await bed.create(['metadata.created']);
  const rotated = await bed.call(bed.handlers.rotateWebhookSecret, {
    params: { id },
    body: { overlap_hours: 24 },
  });
  const fresh = rotated.body.secret;
  await bed.document('a');
  await bed.pass();
  bed.clock.advance(24 * hour + 1);
  await bed.document('b');
  await bed.pass();
  const [during, after] = bed.receiver.received as [Received, Received];
  expect([secret, fresh].map((each) => isSignedBy(each, during))).toEqual([true, true]);
  expect([secret, fresh].map((each) => isSignedBy(each, after))).toEqual([false, true]);
  const secretsFor = webhookSecretsOf(bed.deps);
  expect(await secretsFor(bed.receiver.url, bed.userId)).toEqual([fresh]);
  expect(await secretsFor(bed.receiver.url, 'somebody-else')).toEqual([]);
  const { rows } = await bed.database.pool.query('SELECT row_to_json(s) FROM webhook_secrets s');
  const shown = await bed.call(bed.handlers.listWebhooks, {});
  const all = [JSON.stringify(rows), JSON.stringify(shown.body), bed.logged.join()].join();
  for (const hidden of [secret, fresh]) expect(all).not.toContain(hidden.slice(6, 30));
});

test('R3, K5: another’s webhook answers as if it did not exist, to every route', async () => {
  const { id } = await bed.create(['metadata.created']);
  const body = { overlap_hours: 0, since: '2020-01-01T00:00:00Z', state: 'all' } as never;
  for (const stranger of [bed.context('somebody-else'), bed.context(bed.userId, 'test')]) {
    const { createWebhook: _c, listWebhooks, ...routes } = bed.handlers;
    for (const [name, handler] of Object.entries(routes)) {
      const input = { params: { id, delivery_id: 'x' }, body: name === 'updateWebhook' ? {} : body };
      const answer = await bed.call(handler as never, input as never, stranger);
      expect([name, answer.status]).toEqual([name, 404]);
    }
    expect((await bed.call(listWebhooks, {}, stranger)).body.data).toEqual([]);
  }
});

test('N7: at most 20 webhooks; one that is deleted takes everything along', async () => {
  for (let n = 0; n < 20; n += 1) await bed.create(['metadata.created']);
  const body = { url: bed.receiver.url, description: '', events: [] };
  expect((await bed.call(bed.handlers.createWebhook, { body })).status).toBe(409);
  const { body: all } = await bed.call(bed.handlers.listWebhooks, {});
  await bed.document('a');
  for (const { id } of all.data) await bed.call(bed.handlers.deleteWebhook, { params: { id } });
  await bed.pass();
  expect(bed.receiver.received).toEqual([]);
});
