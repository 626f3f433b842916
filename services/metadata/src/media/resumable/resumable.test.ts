import { stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createMedia } from '../create-media.ts';
import { still } from '../testing/image-fixtures.ts';
import { type As, formOf, type MediaHarness, openMediaHarness } from '../testing/media-harness.ts';
import { testKeyring } from '../testing/test-keyring.ts';

const quotaBytes = 1_000_000;
let harness: MediaHarness;
let png: Buffer;
beforeAll(async () => {
  harness = await openMediaHarness({ quotaBytes });
  png = await still().png().toBuffer();
});
afterAll(() => harness[Symbol.asyncDispose]());

const version = { 'tus-resumable': '1.0.0' };

async function begin(bytes: number, as?: As) {
  const headers = { ...version, 'upload-length': String(bytes) };
  const answer = await harness.call(harness.media.handlers.createUpload, { headers }, as);
  return { ...answer, id: answer.reply.headers?.location?.split('/').at(-2) ?? '' };
}

function send(id: string, offset: number, chunk: Buffer, as?: As) {
  return harness.call(
    harness.media.handlers.continueUpload,
    {
      params: { id },
      headers: { ...version, 'upload-offset': String(offset) },
      body: {
        contentType: 'application/offset+octet-stream',
        contentLength: chunk.length,
        stream: new Response(new Uint8Array(chunk)).body as ReadableStream<Uint8Array>,
      },
    },
    as,
  );
}

async function offsetOf(id: string, as?: As): Promise<number | undefined> {
  const { reply } = await harness.call(
    harness.media.handlers.readUpload,
    { params: { id }, headers: version },
    as,
  );
  const offset = reply.headers?.['upload-offset'];
  return offset === undefined ? undefined : Number(offset);
}

test('U1: what is begun counts against the quota at once, and no longer once it is given up', async () => {
  const as = { userId: 'quota' };
  const first = await begin(quotaBytes - png.length + 1, as);
  expect(first.status).toBe(201);
  expect(await harness.upload(formOf(png), {}, as)).toMatchObject({ code: 'quota_exceeded' });
  expect(await begin(png.length, as)).toMatchObject({ code: 'quota_exceeded' });
  const { deleteUpload } = harness.media.handlers;
  await harness.call(deleteUpload, { params: { id: first.id }, headers: version }, as);
  expect(await harness.upload(formOf(png), {}, as)).toMatchObject({ status: 201 });
});

test('O6: an owner has at most 100 unfinished uploads', async () => {
  const as = { userId: 'many' };
  const answers: Awaited<ReturnType<typeof begin>>[] = [];
  for (let round = 0; round < 11; round += 1) {
    answers.push(...(await Promise.all(Array.from({ length: 10 }, () => begin(1, as)))));
  }
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(100);
});

test('N5: an upload that has expired is gone, for its client and from the disk', async () => {
  const as = { userId: 'late' };
  const { id } = await begin(png.length, as);
  await send(id, 0, png.subarray(0, 50), as);
  expect(await offsetOf(id, as)).toBe(50);
  harness.clock.advance(24 * 3600 * 1000 + 1);
  expect(await offsetOf(id, as)).toBeUndefined();
  expect(await send(id, 50, png.subarray(50), as)).toMatchObject({ code: 'not_found' });
  const { database, clock, folder } = harness;
  const restarted = createMedia({ database, clock, folder, keyring: testKeyring() });
  await restarted.start();
  await expect.poll(async () => (await harness.files()).filter((file) => file.includes(id))).toEqual([]);
  await restarted.stop();
});

test('O4, U1: the queue ends uploads that have expired, of every node: their bytes no longer count', async () => {
  const as = { userId: 'elsewhere' };
  await begin(quotaBytes, as);
  expect(await begin(1, as)).toMatchObject({ code: 'quota_exceeded' });
  harness.clock.advance(24 * 3600 * 1000 - 1);
  const [job] = harness.media.jobs;
  const log = { info() {}, warn() {}, error() {} };
  const run = () => job?.run(undefined, { clock: harness.clock, log, signal: new AbortController().signal });
  await run();
  expect(await begin(1, as)).toMatchObject({ code: 'quota_exceeded' });
  harness.clock.advance(1);
  await run();
  expect(await begin(quotaBytes, as)).toMatchObject({ status: 201 });
});

test('N5: a whole upload whose examination was cut off is finished by its last byte', async () => {
  const { id } = await begin(png.length);
  await send(id, 0, png.subarray(0, -1));
  const file = join(harness.folder, 'uploads', id);
  await truncate(file, png.length);
  expect(await offsetOf(id)).toBe(png.length - 1);
  expect((await stat(file)).size).toBe(png.length - 1);
});

test('N5: of two requests for one upload the newer goes on, from where the older got to', async () => {
  const { id } = await begin(png.length);
  const hanging = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new Uint8Array(png.subarray(0, 40))),
  });
  const older = harness.call(harness.media.handlers.continueUpload, {
    params: { id },
    headers: { ...version, 'upload-offset': '0' },
    body: { contentType: 'application/offset+octet-stream', contentLength: undefined, stream: hanging },
  });
  await expect.poll(() => stat(join(harness.folder, 'uploads', id)).then(({ size }) => size)).toBe(40);
  expect(await offsetOf(id)).toBe(40);
  expect(await older).toMatchObject({ status: 400 });
  expect(await send(id, 40, png.subarray(40))).toMatchObject({ status: 204 });
  expect(await offsetOf(id)).toBe(png.length);
});

test('N5: without a process to examine it the upload stays, and the next try finishes it', async () => {
  const busy = await openMediaHarness({ examiners: { waitingMax: 0 } });
  const headers = { ...version, 'upload-length': String(png.length) };
  const made = await busy.call(busy.media.handlers.createUpload, { headers });
  const id = made.reply.headers?.location?.split('/').at(-2) ?? '';
  const answer = await busy.call(busy.media.handlers.continueUpload, {
    params: { id },
    headers: { ...version, 'upload-offset': '0' },
    body: {
      ...{ contentType: 'application/offset+octet-stream', contentLength: png.length },
      stream: new Response(new Uint8Array(png)).body as ReadableStream<Uint8Array>,
    },
  });
  expect(answer).toMatchObject({ status: 503, code: 'overloaded' });
  expect(answer.reply.headers).toMatchObject({ 'retry-after': '5' });
  const { reply } = await busy.call(busy.media.handlers.readUpload, { params: { id }, headers: version });
  expect(reply.headers).toMatchObject({ 'upload-offset': String(png.length - 1) });
  await busy[Symbol.asyncDispose]();
});
