import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { still } from '../testing/image-fixtures.ts';
import { type MediaHarness, openMediaHarness } from '../testing/media-harness.ts';
import { UploadForm } from './upload-form.ts';
import { singleForm } from './upload-limits.ts';

let harness: MediaHarness;
let patient: MediaHarness;
let png: Buffer;
beforeAll(async () => {
  harness = await openMediaHarness({ pace: { idleMsMax: 300, wholeMsMax: 1_500 } });
  patient = await openMediaHarness({ pace: { idleMsMax: 200_000, wholeMsMax: 200_000 } });
  png = await still(1, 300, 300).png({ compressionLevel: 0 }).toBuffer();
});
afterAll(() => Promise.all([harness, patient].map((one) => one[Symbol.asyncDispose]())));

const head = Buffer.from('--x\r\ncontent-disposition: form-data; name="file"; filename="a.png"\r\n\r\n');
const bodyOf = (stream: ReadableStream<Uint8Array>) => ({
  contentType: 'multipart/form-data; boundary=x',
  contentLength: undefined,
  stream,
});

test('V2: an upload that falls silent is 408, and nothing is left behind', async () => {
  const silent = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(Buffer.concat([head, png.subarray(0, 9_000)])),
  });
  expect(await harness.upload(bodyOf(silent))).toMatchObject({ status: 408, code: 'request_timeout' });
  expect(await harness.files()).toEqual([]);
});

test('V2: an upload that drips on is 408 once its time is over', async () => {
  let timer: NodeJS.Timeout | undefined;
  const drip = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(Buffer.concat([head, png.subarray(0, 9_000)]));
      timer = setInterval(() => controller.enqueue(new Uint8Array([7])), 50);
    },
    // Nobody takes another byte from here on.
    cancel: () => clearInterval(timer),
  });
  expect(await harness.upload(bodyOf(drip))).toMatchObject({ status: 408 });
  clearInterval(timer);
  expect(await harness.files()).toEqual([]);
});

test('U1: an upload lies on the disk while it arrives, not in memory', async () => {
  const aborting = new AbortController();
  const sent = 20 * 1024 * 1024;
  let at = 0;
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (at === 0) controller.enqueue(Buffer.concat([head, png]));
        else if (at < sent) controller.enqueue(new Uint8Array(1024 * 1024));
        at += 1024 * 1024;
      },
    },
    { highWaterMark: 0 },
  );
  const upload = patient.upload(bodyOf(stream), {}, { signal: aborting.signal });
  const incoming = join(patient.folder, 'incoming');
  const onDisk = async () => {
    const names = await readdir(incoming, { recursive: true });
    const file = names.find((name) => name.endsWith('original'));
    return file === undefined ? 0 : (await stat(join(incoming, file))).size;
  };
  await expect.poll(onDisk, { interval: 10 }).toBeGreaterThan(sent / 2);
  aborting.abort();
  await upload;
  expect(await patient.files()).toEqual([]);
});

test('U1: a disk that is full is 503 storage_full; any other failure of it is ours', async () => {
  const formWith = (code: string) => {
    const form = new UploadForm<{ bytes: number }>('multipart/form-data; boundary=x', singleForm, {
      takeFile: () => Promise.reject(Object.assign(new Error(code), { code })),
      onRefused: () => {},
    });
    void form.write(Buffer.concat([head, png, Buffer.from('\r\n--x--\r\n')]));
    return form.end();
  };
  expect(await formWith('ENOSPC')).toMatchObject({ code: 'storage_full' });
  await expect(formWith('EIO')).rejects.toThrow('EIO');
});
