import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, expect, test, vi } from 'vitest';
import { createTokenCounter } from './token-counter.ts';

const counter = createTokenCounter({ timeoutMs: 200_000 });
afterAll(() => counter.close());

test('T1: counts in a worker thread, in several encodings', async () => {
  const counts = await Promise.all([
    counter.count('hello world', 'cl100k_base'),
    counter.count("'\u017fabc", 'cl100k_base'),
    counter.count("'\u017fabc", 'o200k_base'),
    counter.count('', 'o200k_harmony'),
  ]);
  expect(counts).toEqual([2, 4, 3, 0].map((count) => ({ ok: true, count })));
});

test('T1: a thread that is long in starting, as on a busy machine, comes up and counts', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const slow = createTokenCounter({ timeoutMs: 200_000 });
  try {
    const counted = slow.count('hello world', 'o200k_base');
    await vi.advanceTimersByTimeAsync(59_000);
    expect(await counted).toEqual({ ok: true, count: 2 });
  } finally {
    vi.useRealTimers();
    await slow.close();
  }
});

test('T1: 100,000 times the same letter is counted', async () => {
  expect(await counter.count('a'.repeat(100_000), 'o200k_base')).toEqual({ ok: true, count: 12_500 });
});

test('T1: an encoding nobody knows fails that count and no other', async () => {
  const unknown = counter.count('x', 'no_such_encoding' as 'o200k_base');
  const known = counter.count('x', 'r50k_base');
  expect(await unknown).toEqual({ ok: false, reason: 'failed' });
  expect(await known).toEqual({ ok: true, count: 1 });
});

test('T1: an idle counter that nobody closed lets the process end', async () => {
  const script = `
    import { createTokenCounter } from ${JSON.stringify(new URL('./token-counter.ts', import.meta.url).href)};
    process.stdout.write(JSON.stringify(await createTokenCounter({ timeoutMs: 150_000 }).count('hi', 'r50k_base')));`;
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], {
    timeout: 200_000,
  });
  expect(JSON.parse(stdout)).toEqual({ ok: true, count: 1 });
});

test.each([{ workers: 0 }, { queueMax: -1 }, { timeoutMs: 0 }, { timeoutMs: Number.NaN }, { workers: 1.5 }])(
  'T1: %j is refused at creation',
  (options) => {
    expect(() => createTokenCounter(options)).toThrow(RangeError);
  },
);
