import { afterAll, beforeAll, expect, test } from 'vitest';
import { still } from './testing/image-fixtures.ts';
import { type As, formOf, type MediaHarness, openMediaHarness } from './testing/media-harness.ts';

// What went wrong in services of this kind before; each must not come back.

let harness: MediaHarness;
let png: Buffer;
beforeAll(async () => {
  harness = await openMediaHarness();
  png = await still().png().toBuffer();
});
afterAll(() => harness[Symbol.asyncDispose]());

async function listed(as: As): Promise<string[]> {
  const query = { limit: 20, cursor: undefined };
  const { body } = await harness.call(harness.media.handlers.listMedia, { query }, as);
  return (body as { data: { visibility: string }[] }).data.map(({ visibility }) => visibility).sort();
}

test('N5: a list without filters hides nothing (a missing flag was read as false)', async () => {
  const as = { userId: 'all' };
  await harness.upload(formOf(png), { visibility: 'public' }, as);
  await harness.upload(formOf(png), {}, as);
  expect(await listed(as)).toEqual(['private', 'public']);
});

test('R3: the same list asked by another owner is another list (a cache key left the owner out)', async () => {
  const [one, other] = [{ userId: 'one' }, { userId: 'other' }];
  await harness.upload(formOf(png), {}, one);
  expect(await listed(one)).toHaveLength(1);
  expect(await listed(other)).toEqual([]);
});

test('N5: deleting a file deletes its bytes (the store was asked by a name that it did not know)', async () => {
  const as = { userId: 'deleter' };
  const before = await harness.files();
  const { body } = await harness.upload(formOf(png), {}, as);
  expect(await harness.files()).toHaveLength(before.length + 1);
  await harness.call(harness.media.handlers.deleteMedia, { params: { id: (body as { id: string }).id } }, as);
  expect(await harness.files()).toEqual(before);
});

test('U1: one address for one file: the path of its bytes is whole and given once', async () => {
  const { body } = await harness.upload(formOf(png));
  const { id, url } = body as { id: string; url: string };
  expect(url).toBe(`/api/media/${id}/content`);
});
