import sharp from 'sharp';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { isFullForm } from '../chaos/rounds.ts';
import { query } from '../product/own-database.ts';
import { issueKey } from '../product/people-and-keys.ts';
import {
  type Pin,
  type PinningProduct,
  startPinningProduct,
  until,
} from '../providers-ipfs/pinning-product.ts';
import { whereSecretsAre } from '../providers-ipfs/where-secrets-are.ts';
import { untilNotBusy } from './until-not-busy.ts';

let product: PinningProduct;
beforeAll(async () => {
  product = await startPinningProduct(inject('postgresUrl'));
}, 120_000);
afterAll(() => product[Symbol.asyncDispose]());

/** Writing 10,000 documents takes a minute: by KEYWARD_CHAOS=full. */
const tokens = isFullForm ? 10_000 : 300;

test('N6: a published collection of any size is one pin at each provider, and so is each new version', async () => {
  await product.write('Large', tokens, 'first');
  expect(product.providers.kept()).toEqual({ pinata: [], service: [] });
  await product.call('POST', '/api/collections/Large/publish');
  const first = await product.directoryCid('Large');
  await product.untilKept([first]);
  expect(product.providers.network.has(first)).toBe(true);
  await product.write('Large', 1, 'second');
  const second = await product.directoryCid('Large');
  expect(second).not.toBe(first);
  await product.untilKept([second]);
  const uploads = product.providers.pinata.requests.filter(({ method }) => method === 'POST');
  expect(uploads).toHaveLength(2);
}, 240_000);

test('N6: files that documents name by their CID are pinned with the collection, and let go with it', async () => {
  const png = await sharp({ create: { width: 40, height: 30, channels: 3, background: '#c0ffee' } })
    .png()
    .toBuffer();
  const form = new FormData();
  form.set('file', new Blob([new Uint8Array(png)]), 'a.png');
  const { key } = product.key;
  const headers = { 'x-api-key': key };
  const uploaded = await untilNotBusy(() =>
    product.keyward.fetch('/api/media', { method: 'POST', body: form, headers }),
  );
  const { cid } = (await uploaded.json()) as { cid: string };
  const document = { name: 'With a picture', image: `ipfs://${cid}` };
  const path = '/api/metadata?collection=Large&token_id=0';
  const { data } = await product.call<{ data: { id: string }[] }>('GET', path);
  await product.call('PUT', `/api/metadata/${data[0]?.id}`, document);
  await product.untilKept([await product.directoryCid('Large'), cid]);
  expect(product.providers.network.has(cid)).toBe(true);
  await product.call('PUT', `/api/metadata/${data[0]?.id}`, { name: 'Without' });
  await product.untilKept([await product.directoryCid('Large')]);
}, 240_000);

test('N6: every pin says how it stands; the audit asks provider and gateway', async () => {
  await until('audited', async () =>
    (await product.pins()).every(({ retrieval }) => retrieval?.result === 'retrievable'),
  );
  for (const { retrieval } of await product.pins()) expect(retrieval?.blocks).toBeGreaterThan(1);
  const [pin] = await product.pins('&state=pinned&provider=pinata');
  expect(pin).toMatchObject({ kind: 'collection', provider_cid: pin?.cid, reason: null });
  expect(await product.call('GET', `/api/metadata/pins/${pin?.id}`)).toMatchObject({ id: pin?.id });
  product.providers.gateway.answer = () => ({ status: 504, body: Buffer.from('') });
  await until('missed', async () =>
    (await product.pins()).every(({ retrieval }) => retrieval?.result === 'unretrievable'),
  );
  product.providers.gateway.answer = () => undefined;
}, 240_000);

test('N6: a document is pinned on demand, fails in the open, is tried again and taken away', async () => {
  const { pinata, service } = product.providers;
  pinata.fault = ({ method }) => (method === 'POST' ? 'echo' : undefined);
  service.fault = ({ method }) =>
    method === 'POST' ? { status: 409, body: { error: { reason: 'INSUFFICIENT_FUNDS' } } } : undefined;
  const made = await product.call<{ id: string; cid: string }>('POST', '/api/metadata', { name: 'Alone' });
  const asked = await product.call<{ data: Pin[] }>('POST', `/api/metadata/${made.id}/pin`);
  expect(asked.data.map(({ state, cid }) => [state, cid])).toEqual([
    ['queued', made.cid],
    ['queued', made.cid],
  ]);
  const own = `&object_id=${made.id}`;
  let pins: Pin[] = [];
  await until('waiting', async () => {
    pins = await product.pins(own);
    return pins.every(({ state }) => state === 'waiting');
  });
  const reasons = pins.map(({ provider, reason }) => [provider, reason]).toSorted();
  expect(reasons).toEqual([
    ['pinata', 'provider_unavailable'],
    ['pinning-service', 'plan_limit'],
  ]);
  pinata.fault = () => undefined;
  service.fault = () => undefined;
  product.providers.network.blocks.set(made.cid, Buffer.from('{"name":"Alone"}'));
  for (const { id } of asked.data) await product.call('POST', `/api/metadata/pins/${id}/retry`);
  await product.untilKept([await product.directoryCid('Large'), made.cid]);
  for (const { id } of asked.data) await product.call('DELETE', `/api/metadata/pins/${id}`);
  await product.untilKept([await product.directoryCid('Large')]);
}, 240_000);

test('O6, M4: a provider that refuses our credentials is in /readyz, operators are told, and a start mends it', async () => {
  const { keyward, databaseUrl, providers } = product;
  const ready = async () => {
    const answer = await keyward.fetch('/readyz');
    const { checks } = (await answer.json()) as { checks: Record<string, string> };
    return { status: answer.status, checks };
  };
  expect(await ready()).toMatchObject({ status: 200, checks: { pinning: 'ok' } });
  providers.pinata.fault = () => ({ status: 401, body: { error: 'UNAUTHORIZED' } });
  await product.write('Large', 1, 'third');
  await until('refused', async () => (await ready()).checks.pinning === 'refused');
  expect((await ready()).status).toBe(200);
  const subjects = async () => {
    const rows = await query<{ subject: string }>(
      databaseUrl,
      "SELECT content->>'subject' AS subject FROM notifications WHERE dedupe_key LIKE 'outside %'",
    );
    return rows.map(({ subject }) => subject);
  };
  await until('told', async () => (await subjects()).length > 0);
  expect(new Set(await subjects())).toEqual(new Set(['Pinata refuses the credentials of this installation']));
  await until('logged', () => keyward.output.includes('Pinata refuses the credentials of this installation'));
  providers.pinata.fault = () => undefined;
  await keyward.stop();
  await keyward.start();
  await until('mended', async () => (await ready()).checks.pinning === 'ok');
  await product.untilKept([await product.directoryCid('Large')]);
}, 240_000);

test('R3, K5: pins of others and of the other environment are not found; a key needs its scope', async () => {
  const [pin] = await product.pins();
  const tester = await issueKey(product.keyward, 'ada', { environment: 'test' });
  const reader = await issueKey(product.keyward, 'ada', { scopes: ['metadata:read'] });
  const status = async (key: string, method: string, path: string) =>
    (await product.keyward.fetch(path, { method, headers: { 'x-api-key': key } })).status;
  expect(await status(tester.key, 'GET', `/api/metadata/pins/${pin?.id}`)).toBe(404);
  expect(await status(tester.key, 'POST', `/api/metadata/pins/${pin?.id}/retry`)).toBe(404);
  expect(await status(tester.key, 'POST', '/api/collections/Large/pin')).toBe(404);
  expect(await status(reader.key, 'GET', `/api/metadata/pins/${pin?.id}`)).toBe(200);
  expect(await status(reader.key, 'DELETE', `/api/metadata/pins/${pin?.id}`)).toBe(403);
});

test('D1, D5: after all this the tokens are in no row, no file, no log line and no answer', async () => {
  const { secrets } = product.providers;
  const answers = JSON.stringify([await product.pins(), (await product.keyward.run('config')).stdout]);
  const { databaseUrl, keyward } = product;
  expect(await whereSecretsAre(secrets, { databaseUrl, folder: keyward.dataFolder })).toEqual([]);
  for (const secret of secrets) expect(keyward.output + answers).not.toContain(secret);
  expect(product.providers.violations()).toEqual([]);
});
