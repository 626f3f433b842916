import { afterEach, expect, test } from 'vitest';
import { directoryCidOf, publishCollection, writeDocuments } from '../testing/bed-collections.ts';
import type { Fault } from '../testing/loopback-server.ts';
import { createPinningBed, type PinningBed } from '../testing/pinning-bed.ts';

let bed: PinningBed;
afterEach(async () => {
  const { pinata, service, gateway } = bed;
  expect([...pinata.violations, ...service.violations, ...gateway.violations]).toEqual([]);
  await bed[Symbol.asyncDispose]();
});

const mei = () => bed.metadata.caller('mei');
const hour = 3600_000;

/** A bed on which a collection of three documents is pinned, a day ago. */
async function pinned(...at: ('pinata' | 'service')[]): Promise<{ root: string; leaf: string }> {
  bed = await createPinningBed(at);
  await writeDocuments(bed, mei(), 'Art', 3, 'first');
  await publishCollection(bed, mei(), 'Art');
  await bed.turn();
  if (at.includes('service')) {
    await bed.makeDue();
    await bed.turn();
  }
  bed.metadata.clock.advance(25 * hour);
  const root = await directoryCidOf(bed, mei(), 'Art');
  const leaf = [...bed.network.blocks.keys()].find((cid) => cid !== root) ?? '';
  return { root, leaf };
}

async function audited(afterMs = 25 * hour) {
  await bed.run('metadata-pin-audit');
  bed.metadata.clock.advance(afterMs);
  return bed.pins();
}

const notFound = { status: 404, body: Buffer.from('') };

test('N6: a content that is small is fetched whole and every block of it hashed', async () => {
  const { root } = await pinned('pinata');
  expect(await audited()).toMatchObject([
    { checkResult: 'retrievable', checkDetail: 'Every block was fetched.', checkBlocks: 4, checkBlock: null },
  ]);
  expect(bed.gateway.asked[0]).toBe(root);
  expect(bed.gateway.asked.toSorted()).toEqual([...bed.network.blocks.keys()].toSorted());
  const shown = await bed.call('listPins', mei(), { query: { limit: 10 } });
  expect(shown.body.data).toMatchObject([{ retrieval: { result: 'retrievable', blocks: 4, block: null } }]);
});

test('N6: a provider that kept the root and lost a file is found out by its block, and is sent the whole anew', async () => {
  const { leaf, root } = await pinned('pinata');
  const [before] = bed.pinata.files.keys();
  bed.network.blocks.delete(leaf);
  expect(await audited()).toMatchObject([
    { checkResult: 'missing', checkBlock: leaf, state: 'queued', reason: 'blocks_lost', repairs: 1 },
  ]);
  expect((await bed.pins())[0]?.detail).toContain(leaf);
  await bed.turn();
  expect(await bed.pins()).toMatchObject([{ state: 'pinned', reason: null }]);
  expect([bed.pinata.files.size, bed.pinata.files.has(before ?? '')]).toEqual([1, false]);
  expect(bed.network.has(root)).toBe(true);
  expect(await audited()).toMatchObject([{ checkResult: 'retrievable', checkBlocks: 4, repairs: 0 }]);
  const { rows } = await bed.metadata.database.pool.query(
    "SELECT action FROM audit_logs WHERE object_type = 'pin' ORDER BY id",
  );
  expect(rows.map(({ action }) => action)).toEqual(['pins.pinned', 'pins.lost', 'pins.pinned']);
});

test('N6: a service that has lost a file is asked for it again in the place of its own pin', async () => {
  const { leaf } = await pinned('service', 'pinata');
  const [id] = bed.service.pins.keys();
  bed.network.blocks.delete(leaf);
  bed.service.statusOf = () => 'pinned';
  await audited();
  await bed.turn();
  const posts = bed.service.requests.filter(({ method }) => method === 'POST');
  expect(posts.at(-1)?.url.pathname).toBe(`/pins/${id}`);
  expect([bed.service.pins.size, bed.service.pins.has(id ?? '')]).toEqual([1, false]);
  expect((await bed.pins()).map(({ state }) => state)).toEqual(['pinned', 'pinned']);
});

test('N6: other bytes than a block has are no block, and more than 2 MiB are not read', async () => {
  const { leaf } = await pinned('pinata');
  for (const body of [Buffer.from('something else'), Buffer.alloc(2 * 1024 * 1024 + 1)]) {
    bed.gateway.answer = (cid) => (cid === leaf ? { status: 200, body } : undefined);
    expect(await audited()).toMatchObject([{ checkResult: 'missing', checkBlock: leaf, state: 'queued' }]);
    bed.gateway.answer = () => undefined;
    await bed.turn();
    expect(await audited()).toMatchObject([{ state: 'pinned', checkResult: 'retrievable' }]);
  }
});

test('N6: nothing is done about a block that is missing of what was pinned only just', async () => {
  bed = await createPinningBed(['pinata']);
  await writeDocuments(bed, mei(), 'Art', 3, 'first');
  await publishCollection(bed, mei(), 'Art');
  await bed.turn();
  const root = await directoryCidOf(bed, mei(), 'Art');
  bed.gateway.answer = (cid) => (cid === root ? undefined : notFound);
  expect(await audited(hour)).toMatchObject([{ checkResult: 'unretrievable', state: 'pinned' }]);
  expect(await audited()).toMatchObject([{ checkResult: 'missing', state: 'queued' }]);
});

test('N6: a gateway that gives nothing is not believed, however it says so', async () => {
  await pinned('pinata');
  for (const status of [504, 404, 500, 404, 504, 504]) {
    bed.gateway.answer = () => ({ status, body: Buffer.from('') });
    expect(await audited()).toMatchObject([
      { checkResult: 'unretrievable', state: 'pinned', reason: null, repairs: 0 },
    ]);
  }
});

test('N6: a block that a gateway at work does not find three times in a row, hours apart, is lost', async () => {
  const { leaf } = await pinned('pinata');
  bed.gateway.answer = (cid) => (cid === leaf ? { status: 504, body: Buffer.from('') } : undefined);
  for (const _ of [1, 2])
    expect(await audited(hour)).toMatchObject([
      { checkResult: 'unretrievable', checkBlock: leaf, state: 'pinned' },
    ]);
  expect(await audited(hour)).toMatchObject([{ checkResult: 'missing', state: 'queued' }]);
});

test('N6: a block that was not found is asked for next to the root the next time, and found again is forgotten', async () => {
  const { leaf } = await pinned('pinata');
  bed.gateway.answer = (cid) => (cid === leaf ? { status: 504, body: Buffer.from('') } : undefined);
  await audited(hour);
  bed.gateway.answer = () => undefined;
  bed.gateway.asked.length = 0;
  expect(await audited()).toMatchObject([{ checkResult: 'retrievable', checkBlock: null, checkBlocks: 4 }]);
  expect(bed.gateway.asked[1]).toBe(leaf);
});

test.each([
  ['429 with Retry-After', 429, { 'retry-after': '600' }],
  ['503', 503, {}],
  ['a redirect', 302, { location: 'https://elsewhere.example/' }],
  ['a page in place of blocks', 200, { 'content-type': 'text/html' }],
])(
  'N6, O6: by %s a gateway is away: no pin is lost by it, and it is left alone',
  async (_, status, headers) => {
    await pinned('pinata');
    expect(await audited()).toMatchObject([{ checkResult: 'retrievable' }]);
    bed.gateway.answer = () => ({ status, headers, body: Buffer.from('<html>') });
    bed.gateway.asked.length = 0;
    for (const _turn of [1, 2, 3])
      expect(await audited()).toMatchObject([{ checkResult: 'retrievable', state: 'pinned' }]);
    expect(bed.gateway.asked).toHaveLength(1);
    const { rows } = await bed.metadata.database.pool.query(
      `SELECT extract(epoch FROM blocked_until - clock_timestamp())::float8 AS seconds FROM pin_quotas
     WHERE provider = 'gateway'`,
    );
    expect(rows[0].seconds).toBeGreaterThan(status === 429 ? 500 : 0);
    await bed.makeDue();
    bed.gateway.answer = () => undefined;
    expect(await audited()).toMatchObject([{ checkResult: 'retrievable', checkBlocks: 4 }]);
    expect(bed.gateway.asked.length).toBeGreaterThan(1);
  },
);

test('N6: a gateway that withholds a block says nothing about the pin', async () => {
  const { leaf } = await pinned('pinata');
  bed.gateway.answer = (cid) => (cid === leaf ? { status: 403, body: Buffer.from('') } : undefined);
  for (const _ of [1, 2, 3, 4])
    expect(await audited()).toMatchObject([{ checkResult: 'unverified', state: 'pinned', repairs: 0 }]);
});

test('N6: what the provider itself does not have any more is pinned again', async () => {
  await pinned('pinata');
  bed.pinata.files.clear();
  expect(await audited()).toMatchObject([
    { checkResult: 'missing', state: 'queued', reason: 'lost_by_provider' },
  ]);
  await bed.turn();
  expect(await bed.pins()).toMatchObject([{ state: 'pinned' }]);
  expect(bed.pinata.files.size).toBe(1);
});

test.each<Fault>([
  'garbage',
  'cut',
  { status: 400, body: {} },
  { status: 500, body: {} },
  { status: 410, body: {} },
])('O4: a pin of which nothing can be learned (%j) holds up the audit of no other', async (fault) => {
  bed = await createPinningBed(['pinata']);
  for (const name of ['A', 'B', 'C']) {
    await writeDocuments(bed, mei(), name, 1, name);
    await publishCollection(bed, mei(), name);
  }
  await bed.turn();
  const [odd] = await bed.pins();
  bed.pinata.fault = ({ url }) => (url.pathname.endsWith(odd?.providerId ?? '') ? fault : undefined);
  bed.metadata.clock.advance(25 * hour);
  for (let run = 0; run < 3; run += 1) await bed.run('metadata-pin-audit');
  expect((await bed.pins()).map(({ checkResult }) => checkResult)).toEqual([
    null,
    'retrievable',
    'retrievable',
  ]);
  bed.pinata.fault = () => undefined;
  bed.metadata.clock.advance(hour);
  await bed.run('metadata-pin-audit');
  expect((await bed.pins())[0]).toMatchObject({ checkResult: 'retrievable' });
});

test('N6: what is sent anew three times and still lacks blocks has failed, in the open, until somebody retries', async () => {
  const { leaf } = await pinned('pinata');
  bed.gateway.answer = (cid) => (cid === leaf ? notFound : undefined);
  for (const repairs of [1, 2, 3]) {
    expect(await audited()).toMatchObject([{ state: 'queued', repairs }]);
    await bed.turn();
    bed.metadata.clock.advance(hour);
  }
  const [pin] = await audited();
  expect(pin).toMatchObject({ state: 'failed', reason: 'blocks_lost', checkBlock: leaf });
  await bed.turn();
  expect((await bed.pins())[0]?.state).toBe('failed');
  bed.gateway.answer = () => undefined;
  await bed.call('retryPin', mei(), { params: { id: pin?.id } });
  await bed.turn();
  expect(await audited()).toMatchObject([{ state: 'pinned', checkResult: 'retrievable', repairs: 0 }]);
});

test('N6: what somebody else keeps in the account is never taken away, though it lacks blocks', async () => {
  bed = await createPinningBed(['pinata']);
  const { body } = await bed.metadata.call('createDocument', mei(), { body: { name: 'mine' } });
  bed.pinata.files.set('theirs', { id: 'theirs', cid: body.cid, name: 'theirs', keyvalues: {} });
  const other = await bed.metadata.call('createDocument', mei(), { body: { name: 'other' } });
  for (const { id } of [body, other.body]) await bed.call('pinDocument', mei(), { params: { id } });
  await bed.turn();
  bed.metadata.clock.advance(25 * hour);
  bed.gateway.answer = (cid) => (cid === body.cid ? notFound : undefined);
  await audited();
  await audited();
  await bed.turn();
  expect(bed.pinata.files.has('theirs')).toBe(true);
});
