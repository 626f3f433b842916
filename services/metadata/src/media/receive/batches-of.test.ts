import { PassThrough, Readable } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { batchBytes, batchesOf } from './batches-of.ts';

test('U1: every byte comes once and in order, in batches of the sizes asked for', async () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 200_000 }), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(sizes, fc.integer({ min: 1, max: 9_000 }), async (lengths, firstBytes) => {
      const pieces = lengths.map((length, at) => Buffer.alloc(length, at + 1));
      const batches: Buffer[] = [];
      for await (const batch of batchesOf(Readable.from(pieces), firstBytes)) {
        await new Promise(setImmediate);
        batches.push(Buffer.concat(batch));
      }
      expect(Buffer.concat(batches).equals(Buffer.concat(pieces))).toBe(true);
      for (const [at, { length }] of batches.slice(0, -1).entries()) {
        expect(length).toBeGreaterThanOrEqual(at === 0 ? firstBytes : batchBytes);
      }
    }),
    { numRuns: 50 },
  );
});

test('U1: the stream waits while a batch is dealt with', async () => {
  const source = new PassThrough({ highWaterMark: 1024 });
  source.write(Buffer.alloc(1024));
  for await (const batch of batchesOf(source, 1)) {
    expect(batch).toHaveLength(1);
    source.write(Buffer.alloc(1024));
    await new Promise(setImmediate);
    expect(source.isPaused()).toBe(true);
    break;
  }
  expect(source.destroyed).toBe(false);
});

test.each(['error', 'close'] as const)('U1: a stream that breaks off with %s throws', async (how) => {
  const source = new PassThrough();
  source.write(Buffer.alloc(10));
  const reading = Array.fromAsync(batchesOf(source, 1_000));
  source.destroy(how === 'error' ? new Error('gone') : undefined);
  await expect(reading).rejects.toThrow(how === 'error' ? 'gone' : 'Premature close');
});
