import { crc32 } from 'node:zlib';
import { isProblem } from '@keyward/guard';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { media, mediaUsage } from './media-table.ts';
import { eachType, still, withPrivateMetadata } from './testing/image-fixtures.ts';
import { bodyOf, formOf, type MediaHarness, openMediaHarness, rawBody } from './testing/media-harness.ts';
import { testKeyring } from './testing/test-keyring.ts';

let harness: MediaHarness;
let png: Buffer;
const images = Object.entries(await eachType());
beforeAll(async () => {
  harness = await openMediaHarness({ quotaBytes: 20_000_000 });
  png = await still().png().toBuffer();
});
afterAll(() => harness[Symbol.asyncDispose]());

beforeEach(async () => {
  for (const row of await harness.database.orm.select().from(media)) {
    await harness.call(harness.media.handlers.deleteMedia, { params: { id: row.id } }, row);
  }
});

const rowCount = async () => (await harness.database.orm.select().from(media)).length;

async function expectNothingLeft() {
  expect(await harness.files()).toEqual([]);
  expect(await rowCount()).toBe(0);
}

describe('POST /api/media', () => {
  test.each(images)('201: %s, whatever the client declares', async (type, content) => {
    const answer = await harness.upload(formOf(content, { name: 'x.html', type: 'text/html' }));
    expect(answer).toMatchObject({
      status: 201,
      body: { type, width: 48, height: 32, name: 'x.html', visibility: 'private' },
    });
    const { id, url } = answer.body as { id: string; url: string };
    expect(url).toBe(`/api/media/${id}/content`);
    expect(harness.audited).toContain(id);
    expect(await harness.files()).toHaveLength(1);
  });

  test('201: options may stand in the query or in the form', async () => {
    const jpeg = await withPrivateMetadata(still()).jpeg().toBuffer();
    const asField = await harness.upload(
      formOf(jpeg, { fields: { visibility: 'public', preserve: 'true' } }),
    );
    const asQuery = await harness.upload(formOf(jpeg), { visibility: 'public', preserve: 'true' });
    for (const answer of [asField, asQuery]) {
      expect(answer.body).toMatchObject({ visibility: 'public', bytes: jpeg.length });
    }
    const stripped = await harness.upload(formOf(jpeg));
    expect((stripped.body as { bytes: number }).bytes).toBeLessThan(jpeg.length);
  });

  test.each([
    ['../../../etc/passwd.png', 'passwd.png'],
    ['mèo 🐱.png', 'mèo 🐱.png'],
    ["'; DROP TABLE media; --.png", "'; DROP TABLE media; --.png"],
    ['__proto__', '__proto__'],
  ])('201: the name %j is shown as %j and is no path', async (name, shown) => {
    expect((await harness.upload(formOf(png, { name }))).body).toMatchObject({ name: shown });
  });

  test.each([
    ['text', 'image/png', Buffer.from('hello '.repeat(2_000))],
    ['an empty file', 'image/png', Buffer.alloc(0)],
    ['SVG', 'image/svg+xml', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>')],
    ['HTML', 'image/png', Buffer.from('<!doctype html><script>alert(1)</script>')],
    ['a GIF that is JavaScript', 'image/gif', Buffer.from('GIF89a/*aaaa*/=1;alert(1);//')],
    ['PDF', 'image/png', Buffer.from('%PDF-1.7\n')],
  ])('U1: 415 for %s, and nothing is left behind', async (_name, type, content) => {
    const answer = await harness.upload(formOf(content, { type }));
    expect(answer).toMatchObject({ status: 415, code: 'invalid_file_type' });
    await expectNothingLeft();
  });

  test.each([
    ['a ZIP archive behind it', (file: Buffer) => Buffer.concat([file, Buffer.from('PK\x03\x04archive')])],
    ['half of it', (file: Buffer) => file.subarray(0, file.length >> 1)],
    ['all but its last byte', (file: Buffer) => file.subarray(0, -1)],
  ])('U1: 415 for images with %s, and nothing is left behind', async (_name, change) => {
    for (const [, content] of images) {
      expect(await harness.upload(formOf(change(content)))).toMatchObject({ code: 'invalid_file_type' });
    }
    await expectNothingLeft();
  });

  test('U1: 413 while a file without a declared length is still arriving', async () => {
    const head = Buffer.from('--x\r\ncontent-disposition: form-data; name="file"; filename="a.png"\r\n\r\n');
    let sent = 0;
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        const piece = sent === 0 ? Buffer.concat([head, png]) : Buffer.alloc(1024 * 1024);
        sent += piece.length;
        controller.enqueue(piece);
      },
    });
    const answer = await harness.upload({
      contentType: 'multipart/form-data; boundary=x',
      contentLength: undefined,
      stream,
    });
    expect(answer).toMatchObject({ status: 413, code: 'file_too_large' });
    expect(sent).toBeLessThan(54 * 1024 * 1024);
    await expectNothingLeft();
  });

  test('U1: 52,428,800 bytes are taken, one more is 413', async () => {
    const largest = padded(png, 52_428_800);
    expect(await harness.upload(formOf(largest))).toMatchObject({ status: 201, body: { bytes: png.length } });
    const answer = await harness.upload(formOf(padded(png, 52_428_801)));
    expect(answer).toMatchObject({ status: 413, code: 'file_too_large' });
  });

  test('U1: 413 for a declared length beyond the limit, before a byte is read', async () => {
    const stream = new ReadableStream<Uint8Array>(
      {
        pull: () => expect.unreachable(),
      },
      { highWaterMark: 0 },
    );
    const answer = await harness.upload({
      contentType: 'multipart/form-data; boundary=x',
      contentLength: 60_000_000,
      stream,
    });
    expect(answer).toMatchObject({ status: 413, code: 'file_too_large' });
  });

  test('U1: a wrong type is refused while the client still waits to send the rest', async () => {
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        const head = '--x\r\ncontent-disposition: form-data; name="file"; filename="a.png"\r\n\r\n';
        controller.enqueue(Buffer.from(head + '<html>'.repeat(1_000)));
      },
    });
    const answer = await harness.upload({
      contentType: 'multipart/form-data; boundary=x',
      contentLength: 1_000_000,
      stream,
    });
    expect(answer).toMatchObject({ code: 'invalid_file_type' });
    await expectNothingLeft();
  });

  test.each(['the connection breaks', 'the request is aborted'])(
    'U1: nothing is left behind when %s midway',
    async (how) => {
      const aborting = new AbortController();
      let pulls = 0;
      const stream = new ReadableStream<Uint8Array>({
        pull(controller) {
          pulls += 1;
          const head = '--x\r\ncontent-disposition: form-data; name="file"; filename="a.png"\r\n\r\n';
          if (pulls === 1) controller.enqueue(Buffer.concat([Buffer.from(head), png.subarray(0, 4_500)]));
          else if (how === 'the connection breaks') controller.error(new Error('gone'));
          else aborting.abort();
        },
      });
      const answer = await harness.upload(
        { contentType: 'multipart/form-data; boundary=x', contentLength: undefined, stream },
        {},
        { signal: aborting.signal },
      );
      expect(answer).toMatchObject({ status: 400, code: 'malformed_request' });
      await expectNothingLeft();
    },
  );

  test.each([
    ['no boundary', rawBody('', 'multipart/form-data')],
    ['no parts', rawBody('--x--\r\n')],
    [
      'an unfinished part',
      rawBody('--x\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\nabc'),
    ],
    ['not multipart', rawBody('hello')],
    ['an empty body', rawBody('')],
  ])('400 or 422 for a form with %s', async (_name, body) => {
    const { status } = await harness.upload(body);
    expect([400, 415, 422]).toContain(status);
    await expectNothingLeft();
  });

  test.each([
    [
      'two files',
      [
        ['file', new Blob([new Uint8Array(4)])],
        ['file', new Blob([new Uint8Array(4)])],
      ],
    ],
    ['a file in another field', [['image', new Blob([new Uint8Array(4)])]]],
    ['no file', [['visibility', 'public']]],
    ['an unknown field', [['folder', 'a']]],
    ['a prototype field', [['__proto__', 'a']]],
    ['a wrong visibility', [['visibility', 'secret']]],
    [
      'a field twice',
      [
        ['visibility', 'public'],
        ['visibility', 'public'],
      ],
    ],
    ['a very long field', [['visibility', 'p'.repeat(1_000)]]],
    ['too many fields', Array.from({ length: 9 }, (_, at) => [`f${at}`, 'a'])],
  ] as [string, [string, string | Blob][]][])('V1: 422 for a form with %s', async (name, entries) => {
    const form = new FormData();
    if (!name.includes('file')) form.append('file', new Blob([new Uint8Array(png)]), 'a.png');
    for (const [field, value] of entries) form.append(field, value);
    expect(await harness.upload(bodyOf(form))).toMatchObject({ status: 422, code: 'invalid_request' });
    await expectNothingLeft();
  });

  test('V3: 422 for a name that turns the reading direction', async () => {
    expect(await harness.upload(formOf(png, { name: 'cat\u202egnp.exe' }))).toMatchObject({ status: 422 });
    await expectNothingLeft();
  });

  test('422 when query and form contradict each other', async () => {
    const body = formOf(png, { fields: { visibility: 'public' } });
    expect(await harness.upload(body, { visibility: 'private' })).toMatchObject({ status: 422 });
  });
});

describe('U1: quota', () => {
  test('is exact while many upload at once', async () => {
    const big = await Promise.all(
      Array.from({ length: 6 }, (_, seed) =>
        still(seed + 1, 1_600, 1_000)
          .png({ compressionLevel: 0 })
          .toBuffer(),
      ),
    );
    const answers = await Promise.all(big.map((image) => harness.upload(formOf(image))));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 201, 201, 413, 413]);
    expect(answers.filter((answer) => 'code' in answer && answer.code === 'quota_exceeded')).toHaveLength(2);
    expect(await harness.files()).toHaveLength(4);
  });

  test('the same content counts once, and is given back with the last row', async () => {
    const [first, second] = await Promise.all([harness.upload(formOf(png)), harness.upload(formOf(png))]);
    const usage = async () =>
      (await harness.database.orm.select().from(mediaUsage).where(sql`user_id = 'user-1'`))[0]?.bytes;
    expect(await usage()).toBe(png.length);
    expect(await harness.files()).toHaveLength(1);
    const { deleteMedia, getMediaContent } = harness.media.handlers;
    await harness.call(deleteMedia, { params: { id: idOf(first) } });
    expect(await usage()).toBe(png.length);
    expect(await harness.call(getMediaContent, { params: { id: idOf(second) } })).toMatchObject({
      status: 200,
    });
    await harness.call(deleteMedia, { params: { id: idOf(second) } });
    expect(await usage()).toBe(0);
    await expectNothingLeft();
  });
});

test('U1: uploads stop while the disk has no room, with 503 storage_full', async () => {
  const { createMedia } = await import('./create-media.ts');
  const { localDiskStore } = await import('./storage/local-disk-store.ts');
  const store = { ...localDiskStore(harness.folder), usage: async () => ({ freeBytes: 1, totalBytes: 100 }) };
  const full = createMedia({ ...harness, store, keyring: testKeyring() });
  const reply = await full.handlers.createMedia(
    { params: undefined, headers: undefined, query: {}, body: formOf(png) },
    harness.context(),
  );
  expect(isProblem(reply) && reply.code).toBe('storage_full');
});

test('O6: one owner has at most 8 uploads under way, others still get in', async () => {
  const aborting = new AbortController();
  const hanging = Array.from({ length: 8 }, () =>
    harness.upload(
      { contentType: 'multipart/form-data; boundary=x', contentLength: 1, stream: new ReadableStream() },
      {},
      { signal: aborting.signal },
    ),
  );
  expect(await harness.upload(formOf(png))).toMatchObject({ status: 503, code: 'overloaded' });
  expect(await harness.upload(formOf(png), {}, { userId: 'user-2' })).toMatchObject({ status: 201 });
  aborting.abort();
  await Promise.all(hanging);
  expect(await harness.upload(formOf(png))).toMatchObject({ status: 201 });
});

function idOf(answer: { body?: unknown }): string {
  return (answer.body as { id: string }).id;
}

/** The same picture in a file of exactly `bytes` bytes, by a private chunk before its end. */
function padded(file: Buffer, bytes: number): Buffer {
  const padding = Buffer.alloc(bytes - file.length);
  padding.writeUInt32BE(padding.length - 12);
  padding.write('prVt', 4);
  padding.writeUInt32BE(crc32(padding.subarray(4, -4)), padding.length - 4);
  return Buffer.concat([file.subarray(0, -12), padding, file.subarray(-12)]);
}
