import { afterEach, expect, test } from 'vitest';
import { documentCid } from '../../content-identifiers/document-cid.ts';
import { directoryCidOf, publishCollection, writeDocuments } from '../testing/bed-collections.ts';
import { bedToken, createPinningBed, type PinningBed } from '../testing/pinning-bed.ts';

let bed: PinningBed;
afterEach(async () => {
  expect([...bed.pinata.violations, ...bed.service.violations]).toEqual([]);
  await bed[Symbol.asyncDispose]();
});

const mei = () => bed.metadata.caller('mei');
const statesOf = async () => (await bed.pins()).map(({ state }) => state);

const write = (collection: string, count: number, note: string, caller = mei()) =>
  writeDocuments(bed, caller, collection, count, note);
const publish = (collection: string, caller = mei()) => publishCollection(bed, caller, collection);
const directoryCid = (id: string, caller = mei()) => directoryCidOf(bed, caller, id);

test('N6: a published collection is one pin at each provider; a draft and test data are none', async () => {
  bed = await createPinningBed(['pinata', 'service']);
  await write('Art', 50, 'first');
  await write('Draft', 3, 'first');
  await write('Testing', 3, 'first', bed.metadata.caller('mei', 'test'));
  await publish('Art');
  await publish('Testing', bed.metadata.caller('mei', 'test'));
  await bed.turn();
  const cid = await directoryCid('Art');
  expect([...bed.pinata.files.values()].map((file) => file.cid)).toEqual([cid]);
  await bed.makeDue();
  await bed.turn();
  expect([...bed.service.pins.values()].map(({ pin }) => pin.cid)).toEqual([cid]);
  expect(await bed.pins()).toMatchObject([
    { kind: 'collection', state: 'pinned', cid, providerCid: cid, tries: 0 },
    { kind: 'collection', state: 'pinned', cid, providerCid: cid, tries: 0 },
  ]);
  expect(bed.network.has(cid)).toBe(true);
});

test('N6: a new version is pinned, and only once it is proven the old one goes', async () => {
  bed = await createPinningBed(['pinata']);
  await write('Art', 3, 'first');
  await publish('Art');
  await bed.turn();
  const old = await directoryCid('Art');
  await write('Art', 3, 'second');
  const cid = await directoryCid('Art');
  bed.pinata.fault = ({ method }) => (method === 'POST' ? { status: 503 } : undefined);
  await bed.turn();
  expect(await statesOf()).toEqual(['pinned', 'waiting']);
  expect([...bed.pinata.files.values()].map((file) => file.cid)).toEqual([old]);
  bed.pinata.fault = () => undefined;
  await bed.makeDue();
  await bed.turn();
  expect([...bed.pinata.files.values()].map((file) => file.cid)).toEqual([cid]);
  expect(await bed.pins()).toMatchObject([{ state: 'pinned', cid }]);
});

test('N6: what changed while a provider was away is sent as it is now, once', async () => {
  bed = await createPinningBed(['pinata', 'service']);
  bed.pinata.fault = () => 'cut';
  bed.service.fault = () => 'cut';
  for (const note of ['first', 'second', 'third']) {
    await write('Art', 3, note);
    await publish('Art');
    await bed.makeDue();
    await bed.turn();
  }
  bed.pinata.fault = () => undefined;
  bed.service.fault = () => undefined;
  for (let turns = 0; turns < 3; turns++) {
    await bed.makeDue();
    await bed.turn();
  }
  const cid = await directoryCid('Art');
  expect([...bed.pinata.files.values()].map((file) => file.cid)).toEqual([cid]);
  expect([...bed.service.pins.values()].map(({ pin }) => pin.cid)).toEqual([cid]);
  expect(await bed.pins()).toMatchObject([{ cid }, { cid }]);
});

test('N6: another CID than ours is an error with both values; tried again, the wrong one is taken away', async () => {
  bed = await createPinningBed(['pinata']);
  const wrong = documentCid(Buffer.from('wrong'));
  bed.pinata.cidOf = () => wrong;
  await write('Art', 2, 'first');
  await publish('Art');
  await bed.turn();
  const [pin] = await bed.pins();
  const cid = await directoryCid('Art');
  expect(pin).toMatchObject({ state: 'failed', reason: 'cid_mismatch', cid, providerCid: wrong });
  expect(pin?.detail).toContain(cid);
  expect(pin?.detail).toContain(wrong);
  bed.pinata.cidOf = (made) => made;
  const retried = await bed.call('retryPin', mei(), { params: { id: pin?.id } });
  expect(retried).toMatchObject({ status: 202, body: { state: 'queued', tries: 0 } });
  await bed.turn();
  expect(await statesOf()).toEqual(['pinned']);
  expect([...bed.pinata.files.values()].map((file) => file.cid)).toEqual([cid]);
  expect((await bed.call('retryPin', mei(), { params: { id: pin?.id } })).code).toBe('conflict');
});

test('N6: after 429 nothing is asked before Retry-After, of no pin, and each says until when it waits', async () => {
  bed = await createPinningBed(['pinata']);
  for (const name of ['A', 'B', 'C', 'D', 'E']) {
    await write(name, 1, name);
    await publish(name);
  }
  bed.pinata.fault = () => ({ status: 429, headers: { 'retry-after': '600' } });
  await bed.turn();
  const asked = bed.pinata.requests.length;
  expect(asked).toBeLessThanOrEqual(3);
  const waiting = (await bed.pins()).filter(({ state }) => state === 'waiting');
  expect(waiting.length).toBeGreaterThan(0);
  for (const { reason, nextTryAt } of waiting) {
    expect(reason).toBe('rate_limited');
    expect(nextTryAt?.getTime()).toBeGreaterThanOrEqual(bed.metadata.clock.now() + 590_000);
  }
  await bed.turn();
  expect(bed.pinata.requests).toHaveLength(asked);
});

test('N6: what always fails holds up nothing else', async () => {
  bed = await createPinningBed(['pinata']);
  for (let n = 0; n < 8; n++) {
    await write(`Poison ${n}`, 1, 'poison');
    await publish(`Poison ${n}`);
  }
  bed.pinata.fault = ({ method }) => (method === 'POST' ? { status: 400 } : undefined);
  for (let tries = 0; tries < 2; tries++) {
    await bed.makeDue();
    await bed.turn();
  }
  bed.pinata.fault = ({ method, body }) =>
    method === 'POST' && body.includes('poison') ? 'garbage' : undefined;
  await write('Good', 1, 'good');
  await publish('Good');
  await bed.makeDue();
  await bed.turn();
  const good = await directoryCid('Good');
  expect([...bed.pinata.files.values()].map((file) => file.cid)).toEqual([good]);
  bed.pinata.fault = ({ method }) => (method === 'POST' ? { status: 400 } : undefined);
  for (let tries = 0; tries < 3; tries++) {
    await bed.makeDue();
    await bed.turn();
  }
  expect((await statesOf()).toSorted()).toEqual([...Array(8).fill('failed'), 'pinned']);
});

test('N6: a lost answer and a runner that died pin nothing twice', async () => {
  bed = await createPinningBed(['pinata', 'service']);
  await write('Art', 2, 'first');
  await publish('Art');
  bed.pinata.fault = ({ method }) => (method === 'POST' ? 'cut-after' : undefined);
  bed.service.fault = ({ method }) => (method === 'POST' ? 'cut-after' : undefined);
  await bed.turn();
  // Died while it worked: the row says sending, and no other runner is there.
  await bed.metadata.database.pool.query("UPDATE pins SET state = 'sending'");
  bed.pinata.fault = () => undefined;
  bed.service.fault = () => undefined;
  await bed.makeDue();
  await bed.turn();
  expect(await statesOf()).toEqual(['pinned', 'pinned']);
  expect([bed.pinata.files.size, bed.service.pins.size]).toEqual([1, 1]);
  const posts = [...bed.pinata.requests, ...bed.service.requests].filter(({ method }) => method === 'POST');
  expect(posts).toHaveLength(2);
});

test('N6: a service that gives up is asked again in place of its failed pin', async () => {
  bed = await createPinningBed(['service']);
  await write('Art', 2, 'first');
  await publish('Art');
  bed.service.statusOf = () => 'queued';
  await bed.turn();
  expect(await bed.pins()).toMatchObject([{ state: 'waiting', reason: 'provider_pending' }]);
  bed.service.statusOf = () => 'failed';
  await bed.makeDue();
  await bed.turn();
  expect(await bed.pins()).toMatchObject([{ state: 'waiting', reason: 'provider_failed', tries: 1 }]);
  bed.service.statusOf = ({ status }) => (status === 'failed' ? 'failed' : 'pinned');
  await bed.makeDue();
  await bed.turn();
  expect(await bed.pins()).toMatchObject([{ state: 'pinned', tries: 0 }]);
  expect(bed.service.pins.size).toBe(1);
});

test('N6, R3: owners with the same content share it at the provider, and none takes it away from another', async () => {
  bed = await createPinningBed(['pinata']);
  const document = { name: 'the same' };
  const [one, other] = await Promise.all(
    [mei(), bed.metadata.caller('tom')].map(async (caller) => {
      const { body } = await bed.metadata.call('createDocument', caller, { body: document });
      const asked = await bed.call('pinDocument', caller, { params: { id: body.id } });
      expect(asked).toMatchObject({ status: 202, body: { data: [{ state: 'queued', cid: body.cid }] } });
      return { id: asked.body.data[0].id as string, caller };
    }),
  );
  await bed.turn();
  expect([await statesOf(), bed.pinata.files.size]).toEqual([['pinned', 'pinned'], 1]);
  await bed.call('deletePin', mei(), { params: { id: one?.id } });
  await bed.turn();
  expect([await statesOf(), bed.pinata.files.size]).toEqual([['pinned'], 1]);
  for (const stranger of [mei(), bed.metadata.caller('tom', 'test')])
    for (const route of ['readPin', 'retryPin', 'deletePin'] as const)
      expect((await bed.call(route, stranger, { params: { id: other?.id } })).code).toBe('not_found');
  await bed.call('deletePin', bed.metadata.caller('tom'), { params: { id: other?.id } });
  await bed.turn();
  expect([await statesOf(), bed.pinata.files.size]).toEqual([[], 0]);
});

test('N6: what somebody else keeps in the same account stays there', async () => {
  bed = await createPinningBed(['pinata']);
  const { body } = await bed.metadata.call('createDocument', mei(), { body: { name: 'mine' } });
  bed.pinata.files.set('theirs', { id: 'theirs', cid: body.cid, name: 'theirs', keyvalues: {} });
  const asked = await bed.call('pinDocument', mei(), { params: { id: body.id } });
  await bed.turn();
  expect(await statesOf()).toEqual(['pinned']);
  await bed.call('deletePin', mei(), { params: { id: asked.body.data[0].id } });
  await bed.turn();
  expect([(await bed.pins()).length, bed.pinata.files.has('theirs')]).toEqual([0, true]);
});

test('N6: what is deleted for good is unpinned; what can be recovered is not', async () => {
  bed = await createPinningBed(['pinata']);
  const { body } = await bed.metadata.call('createDocument', mei(), { body: { name: 'gone' } });
  await bed.call('pinDocument', mei(), { params: { id: body.id } });
  await bed.turn();
  await bed.metadata.call('deleteDocument', mei(), { params: { id: body.id } });
  await bed.run('metadata-pins-of-gone');
  await bed.turn();
  expect(bed.pinata.files.size).toBe(1);
  await bed.metadata.database.pool.query('DELETE FROM metadata WHERE id = $1', [body.id]);
  await bed.run('metadata-pins-of-gone');
  await bed.turn();
  expect([bed.pinata.files.size, await bed.pins()]).toEqual([0, []]);
});

test('N6, K5: nothing is pinned of test keys, of drafts, or where no provider is set up', async () => {
  bed = await createPinningBed(['pinata']);
  await write('Draft', 1, 'draft');
  const query = { profile: 'unixfs-v1-2025', names: 'decimal' };
  const draft = await bed.call('pinCollection', mei(), { params: { id: 'Draft' }, query });
  expect(draft.code).toBe('conflict');
  const tester = bed.metadata.caller('mei', 'test');
  const { body } = await bed.metadata.call('createDocument', tester, { body: {} });
  expect((await bed.call('pinDocument', tester, { params: { id: body.id } })).code).toBe(
    'pinning_unavailable',
  );
  expect((await bed.call('pinDocument', mei(), { params: { id: body.id } })).code).toBe('not_found');
  const unset = await createPinningBed([]);
  const own = await unset.metadata.call('createDocument', mei(), { body: {} });
  const asked = await unset.call('pinDocument', mei(), { params: { id: own.body.id } });
  expect([asked.code, unset.pinning.jobs]).toEqual(['pinning_unavailable', []]);
  const { rows } = await unset.metadata.database.pool.query('SELECT FROM pin_changes');
  expect(rows).toEqual([]);
  await unset[Symbol.asyncDispose]();
});

test('A1, D1: what a job did is in the audit log, and the token is in no row', async () => {
  bed = await createPinningBed(['pinata']);
  bed.pinata.fault = ({ method }) => (method === 'POST' ? 'echo' : undefined);
  await write('Art', 1, 'first');
  await publish('Art');
  await bed.turn();
  bed.pinata.fault = () => undefined;
  await bed.makeDue();
  await bed.turn();
  const { pool } = bed.metadata.database;
  const { rows } = await pool.query("SELECT action FROM audit_logs WHERE object_type = 'pin'");
  expect(rows).toEqual([{ action: 'pins.pinned' }]);
  for (const table of ['pins', 'pin_quotas', 'pin_changes', 'audit_logs']) {
    const { rows: all } = await pool.query(`SELECT row_to_json(t)::text AS text FROM ${table} AS t`);
    expect(JSON.stringify(all)).not.toContain(bedToken);
  }
});

test('N6: a pin that a service has not proven gives its place to the new version in one call', async () => {
  bed = await createPinningBed(['service']);
  bed.service.statusOf = () => 'pinning';
  await write('Art', 2, 'first');
  await publish('Art');
  await bed.turn();
  const [first] = bed.service.pins.keys();
  await write('Art', 2, 'second');
  bed.service.fault = ({ method }) => (method === 'POST' ? 'cut' : undefined);
  await bed.turn();
  bed.service.fault = () => undefined;
  await bed.makeDue();
  await bed.turn();
  const posts = bed.service.requests.filter(({ method }) => method === 'POST');
  expect(posts.at(-1)?.url.pathname).toBe(`/pins/${first}`);
  const cid = await directoryCid('Art');
  expect([...bed.service.pins.values()].map(({ pin }) => pin.cid)).toEqual([cid]);
  expect(await bed.pins()).toMatchObject([{ cid, state: 'waiting', reason: 'provider_pending' }]);
});
