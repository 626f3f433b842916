import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { isProblem } from '../reply.ts';
import { type StreamInput, streamBody } from '../route.ts';
import { BodyTooLargeError, readBody } from './read-body.ts';

const body = streamBody({ bytesMax: 10, contentTypes: ['video/mp4'] });

function post(text: string, headers: Readonly<Record<string, string>> = {}): Request {
  return new Request('http://localhost/', {
    method: 'POST',
    headers: { 'content-type': 'video/mp4', ...headers },
    body: text,
  });
}

async function inputOf(request: Request, node = new PassThrough()): Promise<StreamInput> {
  const read = await readBody(body, request, node);
  if (isProblem(read)) throw new Error(read.code);
  return read.body as StreamInput;
}

test('V2: a body whose length is announced may be read from Node, which holds it to that length', async () => {
  const node = new PassThrough();
  const request = post('0123456789', { 'content-length': '10' });
  expect((await inputOf(request, node)).node).toBe(node);
  expect(request.bodyUsed).toBe(false);
});

test('V2: a body of unknown length is counted: it is not to be had past the counter', async () => {
  const { node, stream } = await inputOf(post('0123456789a'));
  expect(node).toBeUndefined();
  await expect(new Response(stream).text()).rejects.toThrow(BodyTooLargeError);
});

test('V2: a body announced as too large is refused unread', async () => {
  const node = new PassThrough();
  const read = await readBody(body, post('x', { 'content-length': '11' }), node);
  expect(read).toMatchObject({ kind: 'problem', code: 'body_too_large' });
  expect(node.readableFlowing).toBe(null);
});
