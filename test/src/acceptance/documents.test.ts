import { afterAll, beforeAll, expect, test } from 'vitest';
import { Keyward } from '../product/keyward.ts';
import { type IssuedKey, issueKey } from '../product/people-and-keys.ts';
import { type ProductUnderTest, productUnderTest } from './product-under-test.ts';

let product: ProductUnderTest;
let ada: IssuedKey;
let strangers: IssuedKey[];
beforeAll(async () => {
  product = await productUnderTest(await (await Keyward.create()).start());
  ada = product.metadata;
  strangers = [product.stranger, await issueKey(product.keyward, 'ada', { environment: 'test' })];
});
afterAll(() => product.keyward[Symbol.asyncDispose]());

/** The fields of every answer that is looked at here. */
interface Fields {
  readonly id: string;
  readonly cid: string;
  readonly token_uri: string;
  readonly proof: string;
  readonly document: unknown;
  readonly patch: unknown;
  readonly refresh: unknown;
  readonly errors: readonly { readonly pointer: string }[];
  readonly data: readonly { readonly id: string; readonly cid: string; readonly document: unknown }[];
}

const fieldsOf = async (answer: Response) => (await answer.json()) as Fields;
const json = async (answer: Promise<Response>) => fieldsOf(await answer);
const send = (method: string, path: string, body?: unknown, headers?: Record<string, string>, key = ada) =>
  product.send(key, method, path, body, headers);
const items = (collection: string, count: number) =>
  Array.from({ length: count }, (_, id) => ({
    collection,
    token_id: `${id}`,
    document: { name: `#${id}`, id },
  }));

test('N1: a batch of a thousand is all or nothing, names the wrong item, and is made once', async () => {
  const wrong = [...items('Thousand', 999), { document: { image: 'javascript:1' } }];
  const refused = await send('POST', '/api/metadata/batch', { items: wrong });
  expect([refused.status, (await fieldsOf(refused)).errors]).toMatchObject([
    422,
    [{ pointer: '/items/999/document/image' }],
  ]);
  const key = { 'idempotency-key': 'thousand' };
  const good = { items: items('Thousand', 1_000) };
  const [first, second] = await Promise.all([1, 2].map(() => send('POST', '/api/metadata/batch', good, key)));
  expect([first?.status, second?.status]).toEqual([201, 201]);
  expect(await first?.text()).toBe(await second?.text());
  const each = await send('POST', '/api/metadata/batch?mode=each', { items: wrong.slice(-2) });
  expect(each.status).toBe(207);
  const tooMany = await send('POST', '/api/metadata/batch', { items: items('Thousand', 1_001) });
  expect(tooMany.status).toBe(422);
});

test('N1, N2: limits of a batch: 8 MiB, nesting, and numbers that a double does not hold, by pointer', async () => {
  const large = JSON.stringify({ items: [{ document: { x: 'x'.repeat(8 * 1024 * 1024) } }] });
  expect((await send('POST', '/api/metadata/batch', large)).status).toBe(413);
  const inexact = '{"items":[{"document":{}},{"document":{"n":9007199254740993}}]}';
  const refused = await send('POST', '/api/metadata/batch', inexact);
  expect([refused.status, (await fieldsOf(refused)).errors[0]?.pointer]).toEqual([
    422,
    '/items/1/document/n',
  ]);
  const doubled = '{"items":[{"document":{"a":1,"a":2}}]}';
  expect((await send('POST', '/api/metadata/batch', doubled)).status).toBe(400);
});

test('N1, N3: PUT and DELETE in batches, by id and by place; history, diff, restore, recovery', async () => {
  const made = await json(send('POST', '/api/metadata/batch', { items: items('Life', 2) }));
  const [first] = made.data;
  const replacement = [{ id: first?.id, if_match: first?.cid, document: { name: 'new' } }];
  const put = await json(send('PUT', '/api/metadata/batch', { items: replacement }));
  expect(put.refresh).toMatchObject([
    { from_token_id: '0', to_token_id: '0', event: 'MetadataUpdate(uint256)' },
  ]);
  const path = `/api/metadata/${first?.id}`;
  expect((await json(send('GET', `${path}/versions`))).data).toHaveLength(2);
  expect((await json(send('GET', `${path}/versions/1`))).document).toEqual(first?.document);
  expect((await json(send('GET', `${path}/diff`))).patch).toEqual([
    { op: 'remove', path: '/id' },
    { op: 'replace', path: '/name', value: 'new' },
  ]);
  expect(await json(send('POST', `${path}/versions/1/restore`))).toMatchObject({
    version: 3,
    cid: first?.cid,
  });
  const place = [{ collection: 'Life', token_id: '0x0' }];
  expect((await send('DELETE', '/api/metadata/batch', { items: place })).status).toBe(200);
  expect((await send('GET', path)).status).toBe(404);
  expect((await json(send('GET', '/api/metadata/deleted'))).data).toMatchObject([{ id: first?.id }]);
  expect((await send('POST', `${path}/restore`)).status).toBe(200);
  expect((await json(send('GET', path))).cid).toBe(first?.cid);
});

test('N4, C1, H1: a collection from draft to CAR: placeholder, contract, directory, public token URIs', async () => {
  const placeholder = { name: 'Soon' };
  const collection = await json(send('POST', '/api/collections', { name: 'Embers', placeholder }));
  await send('POST', '/api/metadata/batch', { items: items('Embers', 20) });
  const contract = { name: 'Embers', external_link: 'https://embers.example' };
  expect((await send('PUT', `/api/collections/${collection.id}/contract`, contract)).status).toBe(201);
  const token = (id: string) =>
    product.keyward.fetch(`/t/${collection.id}/${id}`, { headers: { origin: 'https://market.example' } });
  for (const id of ['3', '999', '0x3.json']) expect(await (await token(id)).json()).toEqual(placeholder);
  expect((await token('contract.json')).status).toBe(404);
  await send('POST', '/api/collections/Embers/publish');
  const read = await token(`${'0'.repeat(63)}3.json`);
  expect(await read.text()).toBe('{"id":3,"name":"#3"}');
  expect(read.headers.get('access-control-allow-origin')).toBe('*');
  expect(read.headers.get('access-control-allow-credentials')).toBeNull();
  expect(read.headers.get('cross-origin-resource-policy')).toBe('cross-origin');
  expect(read.headers.get('cache-control')).toBe('public, max-age=60');
  expect((await token('999')).status).toBe(404);
  expect(await (await token('contract')).json()).toEqual(contract);
  const directory = await json(send('GET', '/api/collections/Embers/directory?names=hex.json'));
  expect(directory).toMatchObject({ files: 21, profile: 'unixfs-v1-2025', sharded: false });
  const car = await send('GET', '/api/collections/Embers/car?names=hex.json');
  expect([car.status, car.headers.get('content-type'), car.headers.get('etag')]).toEqual([
    200,
    'application/vnd.ipld.car; version=1',
    `"${directory.cid}.car"`,
  ]);
  const content = Buffer.from(await car.arrayBuffer());
  expect(content.includes('{"id":19,"name":"#19"}')).toBe(true);
});

test('N3: a frozen document stays, and its proof and the public keys are there', async () => {
  const made = await json(send('POST', '/api/metadata', { name: 'Ice' }));
  const frozen = await json(send('POST', `/api/metadata/${made.id}/freeze`));
  expect(frozen).toMatchObject({ document_id: made.id, cid: made.cid, version: 1 });
  expect((await send('PUT', `/api/metadata/${made.id}`, { name: 'Water' })).status).toBe(409);
  expect((await send('DELETE', `/api/metadata/${made.id}`)).status).toBe(409);
  const keys = (await (await product.keyward.fetch('/api/metadata/proof-keys')).json()) as {
    keys: { kid: string }[];
  };
  const [header = ''] = frozen.proof.split('.');
  const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid: string };
  expect(keys.keys.map((one) => one.kid)).toContain(kid);
});

test('N3, N4, N7: a collection goes whole and comes back whole; frozen, it stays for ever', async () => {
  const made = await json(send('POST', '/api/metadata/batch', { items: items('Ashes', 30) }));
  const [first, second] = made.data;
  const { id } = await json(send('POST', '/api/collections/Ashes/publish'));
  const token = async () => (await product.keyward.fetch(`/t/${id}/7`)).status;
  expect(await token()).toBe(200);
  await send('DELETE', `/api/metadata/${second?.id}`);
  expect(await json(send('DELETE', '/api/collections/Ashes'))).toMatchObject({ id, documents: 29 });
  expect([await token(), (await send('GET', `/api/metadata/${first?.id}`)).status]).toEqual([404, 404]);
  expect((await json(send('GET', '/api/collections?deleted=true'))).data).toMatchObject([{ id }]);
  await send('POST', '/api/collections', { name: 'Ashes' });
  const taken = await send('POST', `/api/collections/${id}/restore`);
  expect([taken.status, await taken.text()]).toEqual([409, expect.stringContaining('rename that one')]);
  await send('PATCH', '/api/collections/Ashes', { name: 'Embers of Ashes' });
  expect(await json(send('POST', `/api/collections/${id}/restore`))).toMatchObject({ documents: 29 });
  expect([await token(), (await send('GET', `/api/metadata/${second?.id}`)).status]).toEqual([200, 404]);

  const frozen = await json(send('POST', '/api/collections/Ashes/freeze'));
  expect(frozen).toMatchObject({ frozen: true, documents: 29, newly_frozen: 29 });
  expect((await json(send('GET', `/api/metadata/${first?.id}/freeze`))).proof).toContain('.');
  const refused = [
    await send('DELETE', '/api/collections/Ashes'),
    await send('POST', '/api/metadata?collection=Ashes&token_id=99', {}),
    await send('POST', `/api/metadata/${second?.id}/restore`),
  ];
  expect(refused.map(({ status }) => status)).toEqual([409, 409, 409]);
  expect(await token()).toBe(200);
});

test('R3, K5: a stranger’s key and a test key of the same person reach nothing by any route', async () => {
  const attributes = { Hidden: 'yes' };
  const made = await json(
    send('POST', '/api/metadata?collection=Fenced&token_id=1', { name: 'hidden-word', attributes }),
  );
  const id = made.id;
  const [, , collectionId] = made.token_uri.split('/');
  const tries: [string, string, unknown?][] = [
    ['GET', `/api/metadata/${id}`],
    ['PUT', `/api/metadata/${id}`, {}],
    ['DELETE', `/api/metadata/${id}`],
    ['GET', `/api/metadata/${id}/versions`],
    ['GET', `/api/metadata/${id}/versions/1`],
    ['GET', `/api/metadata/${id}/diff`],
    ['POST', `/api/metadata/${id}/versions/1/restore`],
    ['POST', `/api/metadata/${id}/restore`],
    ['POST', `/api/metadata/${id}/freeze`],
    ['GET', `/api/metadata/${id}/freeze`],
    ['PUT', '/api/metadata/batch', { items: [{ id, document: {} }] }],
    ['DELETE', '/api/metadata/batch', { items: [{ collection: collectionId, token_id: '1' }] }],
    ['GET', `/api/collections/${collectionId}`],
    ['PATCH', `/api/collections/${collectionId}`, { name: 'Mine' }],
    ['POST', `/api/collections/${collectionId}/publish`],
    ['POST', `/api/collections/${collectionId}/freeze`],
    ['DELETE', `/api/collections/${collectionId}`],
    ['POST', `/api/collections/${collectionId}/restore`],
    ['GET', `/api/collections/${collectionId}/directory`],
    ['GET', `/api/collections/${collectionId}/car`],
    ['GET', `/api/collections/${collectionId}/contract`],
    ['PUT', `/api/collections/${collectionId}/contract`, {}],
    ['GET', `/api/collections/${collectionId}/refresh?since=2026-01-01T00:00:00Z`],
  ];
  for (const key of strangers) {
    for (const [method, path, body] of tries) {
      expect((await send(method, path, body, {}, key)).status, `${method} ${path}`).toBe(404);
    }
    for (const query of ['search=hidden-word', 'trait=Hidden', 'name=hidden', `collection=${collectionId}`]) {
      expect((await json(send('GET', `/api/metadata?${query}`, undefined, {}, key))).data, query).toEqual([]);
    }
  }
  expect(await json(send('GET', `/api/metadata/${id}`))).toMatchObject({ version: 1, cid: made.cid });
});
