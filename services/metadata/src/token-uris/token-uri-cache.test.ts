import { fakeClock } from '@keyward/guard/testing';
import { expect, test } from 'vitest';
import { createTokenUriCache, type TokenUriContent } from './token-uri-cache.ts';

const content = (document: string): TokenUriContent => ({ document, cid: `cid of ${document}` });
const found = (document: string) => async () => content(document);

test('a look-up that was under way when something changed is not remembered', async () => {
  const cache = createTokenUriCache({ clock: fakeClock() });
  let answer: (content: TokenUriContent) => void = () => {};
  const filling = cache.fill('a', () => new Promise((resolve) => (answer = resolve)));
  cache.forget('a');
  answer(content('old'));
  expect(await filling).toEqual(content('old'));
  expect(cache.get('a')).toBeUndefined();
});

test('memory is bounded in entries and in characters, the oldest go first', async () => {
  const cache = createTokenUriCache({ clock: fakeClock(), entriesMax: 3, charactersMax: 10 });
  for (const key of ['a', 'b', 'c', 'd']) await cache.fill(key, found('xx'));
  expect(['a', 'b', 'c', 'd'].map((key) => cache.get(key) !== undefined)).toEqual([false, true, true, true]);
  await cache.fill('e', found('xxxxxxxx'));
  expect(['b', 'c', 'd', 'e'].map((key) => cache.get(key) !== undefined)).toEqual([false, false, true, true]);
  await cache.fill('f', found('x'.repeat(11)));
  expect(['d', 'e', 'f'].map((key) => cache.get(key))).toEqual([undefined, undefined, undefined]);
});

test('what was not found is not remembered', async () => {
  const cache = createTokenUriCache({ clock: fakeClock() });
  await cache.fill('a', async () => undefined);
  expect(await cache.fill('a', found('x'))).toEqual(content('x'));
});
