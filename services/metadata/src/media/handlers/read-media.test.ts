import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { still } from '../testing/image-fixtures.ts';
import { type As, formOf, type MediaHarness, openMediaHarness } from '../testing/media-harness.ts';

let harness: MediaHarness;
let content: Buffer;
let priv: { id: string; sha256: string };
let pub: { id: string };
beforeAll(async () => {
  harness = await openMediaHarness();
  content = await still().png().toBuffer();
  priv = (await harness.upload(formOf(content, { name: 'my "cat".png' }))).body as typeof priv;
  pub = (await harness.upload(formOf(content), { visibility: 'public' })).body as typeof pub;
});
afterAll(() => harness[Symbol.asyncDispose]());

const get = (id: string, headers: Record<string, string> = {}, as?: As) =>
  harness.call(harness.media.handlers.getMediaContent, { params: { id }, headers }, as);
const getPublic = (id: string) =>
  harness.call(harness.media.handlers.getPublicMedia, { params: { id }, headers: {} });

async function bytesOf({ reply }: Awaited<ReturnType<typeof get>>): Promise<Buffer> {
  if (reply.kind !== 'bytes') throw new Error('no bytes');
  return Buffer.from(await new Response(reply.body as ReadableStream).arrayBuffer());
}

function headersOf({ reply }: Awaited<ReturnType<typeof get>>): Readonly<Record<string, string>> {
  return reply.headers ?? {};
}

describe('GET /api/media/:id/content', () => {
  test('200: the bytes, with headers that make no page of them', async () => {
    const answer = await get(priv.id);
    expect(answer.status).toBe(200);
    expect((await bytesOf(answer)).equals(content)).toBe(true);
    expect(headersOf(answer)).toEqual({
      'content-type': 'image/png',
      'content-disposition': `inline; filename="my__cat_.png"; filename*=UTF-8''my%20%22cat%22.png`,
      'content-security-policy': "default-src 'none'; sandbox",
      'cache-control': 'private, max-age=31536000, immutable',
      'accept-ranges': 'bytes',
      'content-length': String(content.length),
      etag: `"${priv.sha256}"`,
    });
  });

  test.each([
    ['bytes=0-9', 0, 10],
    ['bytes=100-', 100, undefined],
    ['bytes=-7', -7, undefined],
    ['bytes=10-99999999', 10, undefined],
  ])('206: %s', async (range, start, end) => {
    const answer = await get(priv.id, { range });
    const expected = content.subarray(start, end);
    const from = start < 0 ? content.length + start : start;
    expect(answer.status).toBe(206);
    expect((await bytesOf(answer)).equals(expected)).toBe(true);
    expect(headersOf(answer)).toMatchObject({
      'content-range': `bytes ${from}-${from + expected.length - 1}/${content.length}`,
      'content-length': String(expected.length),
    });
  });

  test.each(['bytes=5-1', 'bytes=0-1,4-5', 'lines=1-2', 'nonsense'])(
    '200: the whole file for the range %s',
    async (range) => {
      expect(await get(priv.id, { range })).toMatchObject({ status: 200 });
    },
  );

  test('416: a range behind the end names the length', async () => {
    const answer = await get(priv.id, { range: `bytes=${content.length}-` });
    expect(answer).toMatchObject({ status: 416, code: 'range_not_satisfiable' });
    expect(headersOf(answer)).toMatchObject({ 'content-range': `bytes */${content.length}` });
  });

  test('If-Range: the part only of the same bytes', async () => {
    const range = 'bytes=0-1';
    expect(await get(priv.id, { range, 'if-range': `"${priv.sha256}"` })).toMatchObject({ status: 206 });
    expect(await get(priv.id, { range, 'if-range': '"other"' })).toMatchObject({ status: 200 });
  });

  test('304: the client has the bytes, whatever range it asks for', async () => {
    const answer = await get(priv.id, { range: 'bytes=0-1', 'if-none-match': `W/"${priv.sha256}"` });
    expect(answer).toMatchObject({ status: 304, reply: { body: null } });
    expect(headersOf(answer)).toMatchObject({ etag: `"${priv.sha256}"` });
  });

  test('a stream that nobody reads, or that is cancelled, holds no file open', async () => {
    const { readdir } = await import('node:fs/promises');
    const before = (await readdir('/dev/fd')).length;
    for (let at = 0; at < 20; at += 1) await get(priv.id);
    for (let at = 0; at < 20; at += 1) {
      const { reply } = await get(priv.id);
      const reader = (reply.kind === 'bytes' ? (reply.body as ReadableStream) : undefined)?.getReader();
      await reader?.read();
      await reader?.cancel();
    }
    expect((await readdir('/dev/fd')).length).toBeLessThan(before + 10);
  });
});

describe('R3, K5: what is not yours does not exist', () => {
  const others: [string, As][] = [
    ['another owner', { userId: 'user-2' }],
    ['the other environment', { environment: 'test' }],
  ];

  test.each(others)('404 for %s: read, bytes, delete; and lists are empty', async (_name, as) => {
    const { getMedia, deleteMedia, listMedia } = harness.media.handlers;
    const params = { id: pub.id };
    expect(await harness.call(getMedia, { params }, as)).toMatchObject({ status: 404 });
    expect(await get(pub.id, {}, as)).toMatchObject({ status: 404 });
    expect(await harness.call(deleteMedia, { params }, as)).toMatchObject({ status: 404 });
    const list = await harness.call(listMedia, { query: { limit: 20, cursor: undefined } }, as);
    expect(list.body).toEqual({ data: [], next_cursor: null });
  });

  test('the same bytes of another owner are kept apart', async () => {
    const before = (await harness.files()).length;
    const theirs = await harness.upload(formOf(content), {}, { userId: 'user-3' });
    const testing = await harness.upload(formOf(content), {}, { environment: 'test' });
    expect((await harness.files()).length).toBe(before + 2);
    const { deleteMedia } = harness.media.handlers;
    const { id } = theirs.body as { id: string };
    await harness.call(deleteMedia, { params: { id } }, { userId: 'user-3' });
    expect(await get(priv.id)).toMatchObject({ status: 200 });
    const testId = (testing.body as { id: string }).id;
    expect(await get(testId, {}, { environment: 'test' })).toMatchObject({ status: 200 });
  });
});

describe('GET /api/media/:id/public', () => {
  test('200 for public media, cached by everybody', async () => {
    const answer = await getPublic(pub.id);
    expect(answer.status).toBe(200);
    expect(headersOf(answer)).toMatchObject({ 'cache-control': 'public, max-age=31536000, immutable' });
  });

  test.each(['private media', 'an unknown id'])('404 for %s', async (which) => {
    expect(await getPublic(which === 'private media' ? priv.id : 'nothing')).toMatchObject({ status: 404 });
  });
});

test('GET /api/media: pages, newest first, each file once', async () => {
  const as = { userId: 'lister' };
  const ids: string[] = [];
  for (let at = 0; at < 5; at += 1) {
    harness.clock.advance(1);
    ids.unshift(((await harness.upload(formOf(content), {}, as)).body as { id: string }).id);
  }
  const { cursorSchema } = await import('@keyward/guard');
  const seen: string[] = [];
  let cursor: ReturnType<typeof cursorSchema.parse> | undefined;
  do {
    const { body } = await harness.call(
      harness.media.handlers.listMedia,
      { query: { limit: 2, cursor } },
      as,
    );
    const page = body as { data: { id: string }[]; next_cursor: string | null };
    seen.push(...page.data.map(({ id }) => id));
    cursor = page.next_cursor === null ? undefined : cursorSchema.parse(page.next_cursor);
  } while (cursor);
  expect(seen).toEqual(ids);
});

test('204: a deleted file is gone: its description, its bytes, its public form', async () => {
  const { id } = (await harness.upload(formOf(content), { visibility: 'public' })).body as { id: string };
  const { deleteMedia, getMedia } = harness.media.handlers;
  expect(await harness.call(deleteMedia, { params: { id } })).toMatchObject({ status: 204 });
  expect(await harness.call(getMedia, { params: { id } })).toMatchObject({ status: 404 });
  expect(await get(id)).toMatchObject({ status: 404 });
  expect(await getPublic(id)).toMatchObject({ status: 404 });
  expect(await harness.call(deleteMedia, { params: { id } })).toMatchObject({ status: 404 });
});
