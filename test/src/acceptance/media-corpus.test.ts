import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Keyward } from '../product/keyward.ts';
import { bodyCorpus } from './media/body-corpus.ts';
import type { CorpusEntry } from './media/corpus-entry.ts';
import { bombs, metadataAndForms, otherTypes, polyglots, wholeAndBroken } from './media/image-corpus.ts';
import { type LoopWatch, watchLoop } from './media/loop-watch.ts';
import { plainPng } from './media/make-png.ts';
import { mediaFilesLeft } from './media/media-files-left.ts';
import { fileNames } from './media/names.ts';
import { rawUpload } from './media/raw-upload.ts';
import { seeded } from './media/seeded.ts';
import { mp4s, webms } from './media/video-corpus.ts';
import { type ProductUnderTest, productUnderTest } from './product-under-test.ts';
import { untilNotBusy } from './until-not-busy.ts';

const seed = Number(process.env.CORPUS_SEED ?? randomInt(2 ** 32));
const blockedMsMax = 50;
const inParallel = 4;

let watch: LoopWatch;
let keyward: Keyward;
let product: ProductUnderTest;
const entries: CorpusEntry[] = [];
beforeAll(async () => {
  process.stdout.write(`CORPUS_SEED=${seed}\n`);
  const makers = [wholeAndBroken, bombs, polyglots, otherTypes, metadataAndForms, mp4s, webms];
  for (const make of makers) entries.push(...(await make(seeded(seed))));
  watch = await watchLoop();
  keyward = await (await Keyward.create({ environment: watch.environment })).start();
  product = await productUnderTest(keyward);
  // What is loaded with the first request of a kind belongs to none of them.
  await uploadOne({ name: 'first', content: plainPng(3, 3), status: [201] });
  await watch.longestMs();
}, 180_000);
afterAll(async () => {
  await keyward[Symbol.asyncDispose]();
  await watch[Symbol.asyncDispose]();
});

async function expectNeverBlocked(): Promise<void> {
  const longestMs = await watch.longestMs();
  process.stdout.write(`longest turn of the event loop: ${longestMs.toFixed(1)} ms of CPU\n`);
  expect(longestMs).toBeGreaterThan(0);
  expect(longestMs).toBeLessThan(blockedMsMax);
}

interface Uploaded {
  readonly id: string;
  readonly url: string;
  readonly code: string;
}

async function uploadOne(entry: CorpusEntry): Promise<string[]> {
  const form = new FormData();
  form.set('file', new Blob([new Uint8Array(entry.content)], { type: 'image/png' }), 'a.png');
  const query = entry.preserve ? '?preserve=true' : '';
  const answer = await untilNotBusy(() => product.send(product.metadata, 'POST', `/api/media${query}`, form));
  const body = (await answer.json()) as Uploaded;
  const wrong: string[] = [];
  if (!entry.status.includes(answer.status)) wrong.push(`answered ${answer.status} ${JSON.stringify(body)}`);
  const codes: Readonly<Record<number, string>> = { 413: 'file_too_large', 415: 'invalid_file_type' };
  if (answer.status >= 400 && codes[answer.status] !== body.code) wrong.push(`has the code ${body.code}`);
  if (answer.status === 201) wrong.push(...(await judgeKept(entry, body)));
  return wrong.map((what) => `${entry.name}: ${what}`);
}

async function judgeKept(entry: CorpusEntry, body: Uploaded): Promise<string[]> {
  const wrong: string[] = [];
  const got = await product.send(product.metadata, 'GET', body.url);
  const bytes = Buffer.from(await got.arrayBuffer());
  if (got.headers.get('x-content-type-options') !== 'nosniff') wrong.push('is served without nosniff');
  for (const text of entry.without ?? []) if (bytes.includes(text)) wrong.push(`still holds ${text}`);
  if (entry.isKeptWhole && !bytes.equals(entry.content)) wrong.push('was changed');
  for (const [name, value] of Object.entries(entry.described ?? {})) {
    if ((body as unknown as Record<string, unknown>)[name] !== value) wrong.push(`has another ${name}`);
  }
  const { status } = await product.send(product.metadata, 'DELETE', `/api/media/${body.id}`);
  if (status !== 204) wrong.push(`could not be deleted: ${status}`);
  return wrong;
}

async function inTurns<Item>(
  items: readonly Item[],
  work: (item: Item) => Promise<string[]>,
): Promise<string[]> {
  const rest = [...items];
  const wrong: string[] = [];
  const worker = async () => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) wrong.push(...(await work(item)));
  };
  await Promise.all(Array.from({ length: inParallel }, worker));
  return wrong;
}

test(`U1: each file of the corpus gets the right answer (seed ${seed})`, async () => {
  expect(entries.length).toBeGreaterThan(60);
  expect(await inTurns(entries, uploadOne)).toEqual([]);
  await expectNeverBlocked();
  expect(await mediaFilesLeft(keyward.dataFolder)).toEqual([]);
}, 300_000);

test('U1, V1: each multipart body gets the right answer', async () => {
  const wrong = await inTurns(bodyCorpus(plainPng(20, 20)), async ({ name, contentType, body, status }) => {
    const headers = { authorization: `Bearer ${product.metadata.key}`, 'content-type': contentType };
    const answer = await untilNotBusy(() =>
      keyward.fetch('/api/media', { method: 'POST', headers, body: new Uint8Array(body) }),
    );
    const { id } = (await answer.json()) as { id?: string };
    if (id !== undefined) await product.send(product.metadata, 'DELETE', `/api/media/${id}`);
    return status.includes(answer.status) ? [] : [`${name}: ${answer.status}`];
  });
  expect(wrong).toEqual([]);
  await expectNeverBlocked();
  expect(await mediaFilesLeft(keyward.dataFolder)).toEqual([]);
}, 300_000);

test('V3: each name is shown as text or refused', async () => {
  const wrong = await inTurns(fileNames, async ([claimed, shown]) => {
    const form = new FormData();
    form.set('file', new Blob([new Uint8Array(plainPng(5, 5))]), claimed);
    const answer = await untilNotBusy(() => product.send(product.metadata, 'POST', '/api/media', form));
    const { id, name } = (await answer.json()) as { id?: string; name?: string };
    if (id !== undefined) await product.send(product.metadata, 'DELETE', `/api/media/${id}`);
    const isRight = shown === undefined ? answer.status === 422 : name === shown;
    return isRight ? [] : [`${JSON.stringify(claimed)}: ${answer.status} ${name}`];
  });
  expect(wrong).toEqual([]);
}, 300_000);

test('U1, V2: who breaks off, lies about the length or falls silent leaves nothing behind', async () => {
  const png = plainPng(300, 300);
  const head = Buffer.from('--x\r\ncontent-disposition: form-data; name="file"; filename="a.png"\r\n\r\n');
  const whole = Buffer.concat([head, png, Buffer.from('\r\n--x--\r\n')]);
  const almost = whole.subarray(0, Math.floor(whole.length * 0.99));
  const contentType = 'multipart/form-data; boundary=x';
  const raw = { url: keyward.url, key: product.metadata.key, contentType };
  const [aborted, tooLong, tooShort, endless, silent] = await Promise.all([
    rawUpload({ ...raw, contentLength: whole.length, pieces: [almost], goesAway: true }),
    rawUpload({ ...raw, contentLength: whole.length + 1_000, pieces: [whole], goesAway: true }),
    rawUpload({ ...raw, contentLength: whole.length - 1_000, pieces: [whole] }),
    rawUpload({ ...raw, contentLength: 900_000_000_000, pieces: [whole] }),
    rawUpload({ ...raw, contentLength: whole.length, pieces: [head] }),
  ]);
  expect(aborted).toBeUndefined();
  expect(tooLong).toBeUndefined();
  expect([400, 415]).toContain(tooShort);
  expect(endless).toBe(413);
  expect(silent).toBe(408);
  expect(await mediaFilesLeft(keyward.dataFolder)).toEqual([]);
  const list = await product.send(product.metadata, 'GET', '/api/media');
  expect(((await list.json()) as { data: unknown[] }).data).toEqual([]);
}, 300_000);
