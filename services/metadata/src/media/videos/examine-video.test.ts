import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { contentIdOf } from '../content-id.ts';
import { video } from '../testing/video-fixtures.ts';
import { examineVideo } from './examine-video.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'examine-video-'));
});
afterAll(() => rm(folder, { recursive: true }));

type VideoType = Parameters<typeof video>[0];
const types: readonly VideoType[] = ['video/mp4', 'video/webm'];

async function examine(content: Uint8Array, type: VideoType, preserveMetadata = false) {
  const file = join(folder, 'video');
  await writeFile(file, content);
  const outcome = await examineVideo({
    kind: 'examine',
    file,
    cleanFile: `${file}.clean`,
    type,
    preserveMetadata,
  });
  return { outcome, kept: await readFile(file) };
}

test.each(types.flatMap((type) => [[type, false] as const, [type, true] as const]))(
  'U1: a %s (live: %s) is kept at its length, without title and dates, and named by what is kept',
  async (type, isFragmented) => {
    const content = await video(type, { title: 'secret-title', isFragmented });
    const { outcome, kept } = await examine(content, type);
    expect(outcome).toMatchObject({
      ...{ kind: 'examined', type, width: 64, height: 48, durationMs: 1_000, frames: null },
      ...{ bytes: content.length, originalSha256: null, ...contentIdOf(kept) },
    });
    expect(kept.length).toBe(content.length);
    expect(kept.includes('secret-title')).toBe(false);
    const again = await examine(kept, type);
    expect(again.kept.equals(kept)).toBe(true);
    expect(again.outcome).toMatchObject({ originalSha256: contentIdOf(kept).sha256 });
  },
);

test.each(types)('U1: preserve=true keeps every byte of a %s', async (type) => {
  const content = await video(type, { title: 'secret-title' });
  const { outcome, kept } = await examine(content, type, true);
  expect(outcome).toMatchObject({ kind: 'examined', ...contentIdOf(content) });
  expect(kept.equals(content)).toBe(true);
});

test('U1: the frames of a video are not touched', async () => {
  const content = await video('video/webm', { title: 'secret-title', frames: 3, frameBytes: 900 });
  const frames = content.indexOf(Buffer.from([0x1f, 0x43, 0xb6, 0x75]));
  const { kept } = await examine(content, 'video/webm');
  const rest = content.subarray(frames, frames + 2_700);
  expect(kept.subarray(frames, frames + 2_700).equals(rest)).toBe(true);
});

test.each(types)('U1: a %s cut anywhere is refused', async (type) => {
  const content = await video(type, { frames: 3 });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: content.length - 1 }), async (length) => {
      const { outcome } = await examine(content.subarray(0, length), type);
      expect(outcome.kind).toBe('malformed');
    }),
    { numRuns: 60 },
  );
});

test.each(types)('U1: whatever is wrong with a %s, there is an outcome and no exception', async (type) => {
  const content = await video(type, { frames: 3, title: 'a' });
  const change = fc.record({ at: fc.nat(content.length - 1), byte: fc.nat(255) });
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 8 }), async (changes) => {
      const damaged = Buffer.from(content);
      for (const { at, byte } of changes) damaged[at] = byte;
      const { outcome } = await examine(damaged, type);
      expect(['examined', 'malformed', 'oversized']).toContain(outcome.kind);
    }),
    { numRuns: 150 },
  );
});

test('U1: a track that is neither picture nor sound loses its samples', async () => {
  const content = await video('video/mp4', { frames: 4 });
  const { outcome } = await examine(
    Buffer.from(content.toString('latin1').replace('vide', 'meta'), 'latin1'),
    'video/mp4',
  );
  expect(outcome).toMatchObject({ kind: 'malformed', reason: 'The file has no video track.' });
});
