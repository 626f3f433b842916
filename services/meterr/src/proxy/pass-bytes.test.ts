import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { dialects } from './dialects/index.ts';
import { meteredPassage } from './pass-bytes.ts';
import { UpstreamAnswer } from './upstream-answer.ts';

function packedAnswer(encoding: string) {
  const control = {
    isPaused: false,
    pauses: 0,
    pause: () => {
      control.isPaused = true;
      control.pauses += 1;
    },
    resume: () => {
      control.isPaused = false;
    },
    abort: () => {},
  };
  const headers = { 'content-type': 'application/json', 'content-encoding': encoding };
  const answer = new UpstreamAnswer(200, headers, control);
  return { control, passage: meteredPassage(answer, dialects.openai, false) };
}

const soon = { interval: 1, timeout: 20_000 };
const usage = { prompt_tokens: 3, completion_tokens: 4 };
const body = Buffer.from(
  JSON.stringify({ model: 'm', data: Array.from({ length: 200_000 }, (_, at) => `${at * 7919}`), usage }),
);

test.each([
  ['gzip', gzipSync(body)],
  ['br', brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })],
])(
  'T6: a provider that sends %s faster than it is unpacked is held back meanwhile',
  async (encoding, packed) => {
    const { control, passage } = packedAnswer(encoding);
    let givenWhileHeld = 0;
    for (let at = 0; at < packed.length; at += 65_536) {
      if (control.isPaused) givenWhileHeld += 1;
      expect(passage.take(packed.subarray(at, at + 65_536))).toHaveLength(
        Math.min(65_536, packed.length - at),
      );
      await expect.poll(() => control.isPaused, soon).toBe(false);
    }
    expect([control.pauses > 1, givenWhileHeld]).toEqual([true, 0]);
    expect(await passage.metered()).toMatchObject({ usage, model: 'm' });
  },
);

test('T6: what cannot be unpacked holds nobody back', async () => {
  const { control, passage } = packedAnswer('gzip');
  passage.take(Buffer.alloc(100_000, 'no gzip'));
  expect(control.isPaused).toBe(true);
  await expect.poll(() => control.isPaused, soon).toBe(false);
  passage.take(Buffer.alloc(100_000, 'no gzip'));
  expect(control.isPaused).toBe(false);
  expect(await passage.metered()).toMatchObject({ usage: undefined });
});
