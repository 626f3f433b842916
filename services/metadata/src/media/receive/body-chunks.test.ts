import { PassThrough, Readable } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { batchBytes } from './batches-of.ts';
import { type BodyChunks, bodyChunks } from './body-chunks.ts';

const about = { contentType: 'video/mp4', contentLength: undefined };
const webOf = (pieces: readonly Uint8Array[]): BodyChunks =>
  bodyChunks({ ...about, stream: ReadableStream.from(pieces) });
const nodeOf = (node: Readable): BodyChunks => bodyChunks({ ...about, stream: new ReadableStream(), node });

async function readAll(chunks: BodyChunks) {
  const read: Uint8Array[] = [];
  for (;;) {
    const next = await chunks.next();
    if (typeof next === 'string') return { end: next, content: Buffer.concat(read) };
    read.push(next);
    if (read.length % 3 === 0) await new Promise(setImmediate);
  }
}

test('U1: a body comes the same from a web stream and from Node', async () => {
  const lengths = fc.array(fc.integer({ min: 1, max: 100_000 }), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(lengths, async (sizes) => {
      const pieces = sizes.map((size, at) => Buffer.alloc(size, at + 1));
      const expected = { end: 'end', content: Buffer.concat(pieces) };
      expect(await readAll(webOf(pieces))).toEqual(expected);
      expect(await readAll(nodeOf(Readable.from(pieces)))).toEqual(expected);
    }),
    { numRuns: 30 },
  );
});

test('U1: no more than a batch is read ahead of who takes it', async () => {
  let given = 0;
  const node = new Readable({
    read() {
      given += 64 * 1024;
      this.push(Buffer.alloc(64 * 1024));
    },
  });
  const chunks = nodeOf(node);
  for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate);
  expect(given).toBeLessThanOrEqual(batchBytes + 3 * 64 * 1024);
  chunks.release();
});

test('U1: of a body that breaks off, what arrived is given first', async () => {
  const node = new PassThrough();
  const chunks = nodeOf(node);
  node.write(Buffer.from('abc'));
  await new Promise(setImmediate);
  node.destroy(new Error('ECONNRESET'));
  expect(await readAll(chunks)).toEqual({ end: 'broken', content: Buffer.from('abc') });
});

test('V2: once released, a body is broken, left alone and can be read past by somebody else', async () => {
  const node = new PassThrough();
  const chunks = nodeOf(node);
  const waiting = chunks.next();
  chunks.release();
  expect(await waiting).toBe('broken');
  expect(node.destroyed).toBe(false);
  const drained = new Promise((resolve) => node.once('end', resolve));
  node.end('rest');
  node.resume();
  await drained;
  expect(await chunks.next()).toBe('broken');
});
