import { createHash, randomBytes } from 'node:crypto';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Keyward } from '../product/keyward.ts';
import { type IssuedKey, issueKey } from '../product/people-and-keys.ts';
import { mediaFilesLeft } from './media/media-files-left.ts';
import { seeded } from './media/seeded.ts';
import { tusBegin, tusUpload } from './media/tus-upload.ts';
import { type KeySet, type ReceiptClaims, verifyReceipt } from './media/verify-receipt.ts';
import { mp4s } from './media/video-corpus.ts';
import { type ProductUnderTest, productUnderTest } from './product-under-test.ts';
import { untilNotBusy } from './until-not-busy.ts';

let keyward: Keyward;
let product: ProductUnderTest;
let ada: IssuedKey;
let bob: IssuedKey;
let adaTesting: IssuedKey;
let png: Buffer;
let large: Buffer;
beforeAll(async () => {
  keyward = await (await Keyward.create()).start();
  product = await productUnderTest(keyward);
  [ada, bob] = [product.metadata, product.stranger];
  adaTesting = await issueKey(keyward, 'ada', { environment: 'test' });
  png = await sharp({ create: { width: 400, height: 300, channels: 3, background: '#c0ffee' } })
    .png()
    .toBuffer();
  const noise = { width: 400, height: 400, channels: 3 as const };
  large = await sharp(randomBytes(480_000), { raw: noise }).png({ compressionLevel: 0 }).toBuffer();
}, 120_000);
afterAll(() => keyward[Symbol.asyncDispose]());

interface Media {
  readonly id: string;
  readonly url: string;
  readonly sha256: string;
  readonly cid: string;
  readonly type: string;
  readonly bytes: number;
  readonly receipt: string;
}

const authorized = (key: IssuedKey) => ({ authorization: `Bearer ${key.key}` });

async function upload(key: IssuedKey, content: Buffer, query = ''): Promise<Media> {
  const form = new FormData();
  form.set('file', new Blob([new Uint8Array(content)]), 'a.png');
  const answer = await untilNotBusy(() => product.send(key, 'POST', `/api/media${query}`, form));
  expect(answer.status).toBe(201);
  return (await answer.json()) as Media;
}

const statusOf = async (key: IssuedKey | undefined, method: string, path: string, body?: unknown) =>
  (await product.send(key, method, path, body)).status;
const bytesAt = async (key: IssuedKey | undefined, path: string) =>
  Buffer.from(await (await product.send(key, 'GET', path)).arrayBuffer());
const listed = async (key: IssuedKey) =>
  ((await (await product.send(key, 'GET', '/api/media?limit=100')).json()) as { data: Media[] }).data;

describe('N5: batches', () => {
  test('each file has an outcome of its own, and only the good ones are kept', async () => {
    const [film] = await mp4s(seeded(7));
    const form = new FormData();
    const files = [png, Buffer.from('<svg/>'), film?.content ?? png, png.subarray(0, 50)];
    for (const [at, file] of files.entries()) form.append('files', new Blob([new Uint8Array(file)]), `${at}`);
    const answer = await product.send(ada, 'POST', '/api/media/batch?visibility=private', form);
    expect(answer.status).toBe(200);
    const { data } = (await answer.json()) as {
      data: { index: number; status: number; code?: string; media?: Media }[];
    };
    expect(data.map(({ index, status }) => [index, status])).toEqual([
      [0, 201],
      [1, 415],
      [2, 201],
      [3, 415],
    ]);
    expect(data[2]?.media).toMatchObject({
      type: 'video/mp4',
      duration_ms: expect.any(Number),
      frames: null,
    });
    const ids = data.flatMap(({ media }) => (media ? [media.id] : []));
    const others = await product.send(bob, 'DELETE', '/api/media/batch', { ids });
    expect(
      ((await others.json()) as { data: { status: number }[] }).data.map(({ status }) => status),
    ).toEqual([404, 404]);
    const gone = await product.send(ada, 'DELETE', '/api/media/batch', { ids: [...ids, 'nothing'] });
    expect(((await gone.json()) as { data: { status: number }[] }).data.map(({ status }) => status)).toEqual([
      204, 204, 404,
    ]);
    expect(await mediaFilesLeft(keyward.dataFolder)).toEqual([]);
  });

  test('a batch without files, with too many, or with a wrong list is refused whole', async () => {
    const empty = new FormData();
    empty.set('visibility', 'public');
    expect(await statusOf(ada, 'POST', '/api/media/batch', empty)).toBe(422);
    const many = new FormData();
    for (let at = 0; at < 21; at += 1) many.append('files', new Blob([new Uint8Array(png)]), 'a');
    expect(await statusOf(ada, 'POST', '/api/media/batch', many)).toBe(422);
    expect(await statusOf(ada, 'DELETE', '/api/media/batch', { ids: [] })).toBe(422);
    expect(await mediaFilesLeft(keyward.dataFolder)).toEqual([]);
  });
});

describe('N5: resumable uploads, by tus-js-client', () => {
  const endpoint = () => `${keyward.url}/api/media/uploads`;
  const options = (key: IssuedKey, metadata: Record<string, string> = {}) => ({
    endpoint: endpoint(),
    headers: authorized(key),
    metadata: { filename: 'großes bild.png', filetype: 'text/html', ...metadata },
  });
  const tus = (
    key: IssuedKey,
    url: string,
    method: string,
    headers: Record<string, string> = {},
    body?: Buffer,
  ) =>
    fetch(url, {
      method,
      headers: { ...authorized(key), 'tus-resumable': '1.0.0', ...headers },
      ...(body && { body: new Uint8Array(body) }),
    });
  const chunkType = { 'content-type': 'application/offset+octet-stream' };

  test('a file arrives in chunks and is kept under the id of its upload', async () => {
    const url = await tusUpload(large, options(ada, { visibility: 'public' }));
    const id = url.split('/').at(-2);
    const media = (await (await product.send(ada, 'GET', `/api/media/${id}`)).json()) as Media;
    expect(media).toMatchObject({ name: 'großes bild.png', type: 'image/png', visibility: 'public' });
    expect(await bytesAt(undefined, media.url)).toEqual(large);
    const head = await tus(ada, url, 'HEAD');
    expect([head.status, head.headers.get('upload-offset')]).toEqual([200, `${large.length}`]);
    expect(head.headers.get('cache-control')).toBe('no-store');
    expect(await statusOf(ada, 'DELETE', `/api/media/${id}`)).toBe(204);
  });

  test('what broke off goes on where it stopped, also after kill -9', async () => {
    const uploadUrl = await tusBegin(large, options(ada));
    const path = new URL(uploadUrl).pathname;
    await keyward.kill9();
    await keyward.start();
    const url = keyward.url + path;
    const offset = Number((await tus(ada, url, 'HEAD')).headers.get('upload-offset'));
    expect(offset).toBeGreaterThanOrEqual(50_000);
    expect(offset).toBeLessThan(large.length);
    await tusUpload(large, { ...options(ada), uploadUrl: url });
    const id = path.split('/').at(-2);
    expect(await bytesAt(ada, `/api/media/${id}/content`)).toEqual(large);
    expect(await statusOf(ada, 'DELETE', `/api/media/${id}`)).toBe(204);
  });

  test('an upload is its owner’s and environment’s alone', async () => {
    const url = await tusBegin(large, options(ada));
    for (const key of [bob, adaTesting]) {
      expect((await tus(key, url, 'HEAD')).status).toBe(404);
      expect((await tus(key, url, 'DELETE')).status).toBe(404);
      const patch = await tus(key, url, 'PATCH', { ...chunkType, 'upload-offset': '50000' }, large);
      expect(patch.status).toBe(404);
    }
    expect((await tus(ada, url, 'DELETE')).status).toBe(204);
    expect((await tus(ada, url, 'HEAD')).status).toBe(404);
    expect(await mediaFilesLeft(keyward.dataFolder)).toEqual([]);
  });

  test('version, length, offset, type and checksum are judged as the protocol says', async () => {
    const create = (headers: Record<string, string>) => tus(ada, endpoint(), 'POST', headers);
    const old = await create({ 'tus-resumable': '0.2.2', 'upload-length': '5' });
    expect([old.status, old.headers.get('tus-version')]).toEqual([412, '1.0.0']);
    expect((await create({ 'upload-length': '52428801' })).status).toBe(413);
    for (const length of ['0', '-1', '1e3', 'x'])
      expect((await create({ 'upload-length': length })).status).toBe(422);
    const made = await create({ 'upload-length': String(png.length) });
    expect(made.status).toBe(201);
    expect(Date.parse(made.headers.get('upload-expires') ?? '')).toBeGreaterThan(Date.now());
    const url = keyward.url + made.headers.get('location');
    const patch = (offset: number, body: Buffer, more: Record<string, string> = {}) =>
      tus(ada, url, 'PATCH', { ...chunkType, 'upload-offset': String(offset), ...more }, body);
    expect((await patch(3, png)).status).toBe(409);
    expect((await patch(0, png, { 'content-type': 'image/png' })).status).toBe(415);
    expect(
      (await patch(0, png, { 'upload-checksum': `sha1 ${Buffer.alloc(20).toString('base64')}` })).status,
    ).toBe(460);
    expect((await patch(0, png, { 'upload-checksum': 'crc1 AA==' })).status).toBe(400);
    expect((await patch(0, Buffer.concat([png, png]))).status).toBe(413);
    expect((await tus(ada, url, 'HEAD')).headers.get('upload-offset')).toBe('0');
    const digest = createHash('sha256').update(png).digest('base64');
    expect((await patch(0, png, { 'upload-checksum': `sha256 ${digest}` })).status).toBe(204);
    expect((await patch(png.length, png)).status).toBe(404);
    expect(await statusOf(ada, 'DELETE', new URL(url).pathname.replace('/upload', ''))).toBe(204);
  });

  test('U1: what is no image or video is refused with its first bytes, and nothing is left', async () => {
    const svg = Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg">${' '.repeat(200_000)}</svg>`);
    await expect(tusUpload(svg, { ...options(ada), retryDelays: null })).rejects.toThrow('415');
    await expect(tusUpload(png.subarray(0, -1), { ...options(ada), retryDelays: null })).rejects.toThrow(
      '415',
    );
    expect(await mediaFilesLeft(keyward.dataFolder)).toEqual([]);
  });
});

describe('N5: receipts, thumbnails, links', () => {
  test('a receipt is verified offline and says what was found; a changed one does not hold', async () => {
    const media = await upload(ada, png);
    const keys = (await (await keyward.fetch('/api/media/receipt-keys')).json()) as KeySet;
    const claims = verifyReceipt(media.receipt, keys) as ReceiptClaims;
    expect(claims).toMatchObject({
      id: media.id,
      sha256: media.sha256,
      cid: media.cid,
      type: 'image/png',
      width: 400,
    });
    expect(claims.sha256).toBe(
      createHash('sha256')
        .update(await bytesAt(ada, media.url))
        .digest('hex'),
    );
    expect(claims.checks).toContain('every_pixel_decoded');
    const [head, , signature] = media.receipt.split('.');
    const forged = Buffer.from(JSON.stringify({ ...claims, sha256: '0'.repeat(64) })).toString('base64url');
    expect(verifyReceipt(`${head}.${forged}.${signature}`, keys)).toBeUndefined();
    await product.send(ada, 'DELETE', `/api/media/${media.id}`);
  });

  test('thumbnails are of a fixed list of sizes, small, cached, with ranges, and gone with their file', async () => {
    const media = await upload(ada, png, '?visibility=public');
    const answer = await keyward.fetch(`${media.url}?size=128`);
    const small = Buffer.from(await answer.arrayBuffer());
    expect(await sharp(small).metadata()).toMatchObject({ format: 'webp', width: 128, height: 96 });
    expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(answer.headers.get('content-type')).toBe('image/webp');
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    expect(answer.headers.get('etag')).not.toBe(`"${media.sha256}"`);
    const part = await keyward.fetch(`${media.url}?size=128`, { headers: { range: 'bytes=0-3' } });
    expect([part.status, await part.text()]).toEqual([206, 'RIFF']);
    const again = await Promise.all(Array.from({ length: 8 }, () => bytesAt(ada, `${media.url}?size=128`)));
    for (const bytes of again) expect(bytes).toEqual(small);
    for (const size of ['127', '9999', '../x', '']) {
      expect(await statusOf(undefined, 'GET', `${media.url}?size=${size}`)).toBe(422);
    }
    await product.send(ada, 'DELETE', `/api/media/${media.id}`);
    expect(await statusOf(undefined, 'GET', `${media.url}?size=128`)).toBe(404);
    expect(await mediaFilesLeft(keyward.dataFolder)).toEqual([]);
  });

  test('a link gives one private file to whoever has it, and nothing else', async () => {
    const [one, other] = [await upload(ada, png), await upload(ada, large)];
    const make = (key: IssuedKey, id: string, body: object = {}) =>
      product.send(key, 'POST', `/api/media/${id}/links`, body);
    expect((await make(bob, one.id)).status).toBe(404);
    expect((await make(adaTesting, one.id)).status).toBe(404);
    const { url } = (await (await make(ada, one.id, { expires_in: 60 })).json()) as { url: string };
    const got = await keyward.fetch(url);
    expect(Buffer.from(await got.arrayBuffer())).toEqual(await bytesAt(ada, one.url));
    expect(got.headers.get('cache-control')).toMatch(/^private, max-age=\d\d$/);
    const expires = Number(new URL(url, keyward.url).searchParams.get('expires'));
    const wrong = [
      url.replace(one.id, other.id),
      url.replace(String(expires), String(expires + 1)),
      url.replace(/signature=./, (start) => (start.endsWith('_') ? 'signature=A' : 'signature=_')),
      `${url}&size=64`,
      `/api/media/${one.id}/signed?expires=${expires}&signature=x`,
    ];
    for (const path of wrong) expect(await statusOf(undefined, 'GET', path)).toBe(404);
    expect(await statusOf(undefined, 'DELETE', url)).toBe(405);
    const small = (await (await make(ada, one.id, { size: '64' })).json()) as { url: string };
    expect((await keyward.fetch(small.url)).headers.get('content-type')).toBe('image/webp');
    expect(await statusOf(undefined, 'GET', small.url.replace('&size=64', ''))).toBe(404);
    const past = (await (await make(ada, one.id, { expires_in: 1 })).json()) as { url: string };
    await expect.poll(() => statusOf(undefined, 'GET', past.url), { timeout: 30_000 }).toBe(404);
    for (const { id } of [one, other]) await product.send(ada, 'DELETE', `/api/media/${id}`);
    expect(await statusOf(undefined, 'GET', url)).toBe(404);
  });
});

test('R3, K5: nothing crosses between owners and environments: lists, bytes, ranges, thumbnails, content', async () => {
  const [live, testing, theirs] = [
    await upload(ada, png),
    await upload(adaTesting, png),
    await upload(bob, png),
  ];
  const own = [
    [ada, live],
    [adaTesting, testing],
    [bob, theirs],
  ] as const;
  expect(new Set(own.map(([, { id }]) => id)).size).toBe(3);
  for (const [key, mine] of own) {
    expect((await listed(key)).map(({ id }) => id)).toEqual([mine.id]);
    for (const [, { id }] of own.filter(([, media]) => media !== mine)) {
      for (const path of [
        `/api/media/${id}`,
        `/api/media/${id}/content`,
        `/api/media/${id}/content?size=64`,
      ]) {
        expect(await statusOf(key, 'GET', path)).toBe(404);
      }
      const range = await product.send(key, 'GET', `/api/media/${id}/content`, undefined, {
        range: 'bytes=0-1',
      });
      expect(range.status).toBe(404);
      expect(await statusOf(key, 'DELETE', `/api/media/${id}`)).toBe(404);
      expect(await statusOf(undefined, 'GET', `/api/media/${id}/public`)).toBe(404);
    }
  }
  // The same content lies three times: what one owner deletes, the others keep.
  expect(await statusOf(ada, 'DELETE', `/api/media/${live.id}`)).toBe(204);
  expect(await statusOf(bob, 'GET', theirs.url)).toBe(200);
  expect(await statusOf(adaTesting, 'GET', testing.url)).toBe(200);
  for (const [key, { id }] of own.slice(1)) await product.send(key, 'DELETE', `/api/media/${id}`);
  expect(await mediaFilesLeft(keyward.dataFolder)).toEqual([]);
}, 240_000);
