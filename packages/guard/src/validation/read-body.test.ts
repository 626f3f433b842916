import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { isProblem } from '../reply.ts';
import { type StreamInput, streamBody, verbatimBody } from '../route.ts';
import { BodyTooLargeError, readBody, verbatimInput } from './read-body.ts';

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

/** A request in chunks; the rest of them never comes. */
function chunked(text: string): { request: Request; node: PassThrough } {
  const node = new PassThrough();
  node.write(text);
  return { request: post(text, { 'transfer-encoding': 'chunked' }), node };
}

test('V2: a body of unknown length is counted: it is not to be had past the counter', async () => {
  const { request, node } = chunked('0123456789a');
  const input = await inputOf(request, node);
  expect(input.node).toBeUndefined();
  await expect(new Response(input.stream).text()).rejects.toThrow(BodyTooLargeError);
  expect(node.destroyed, 'the answer goes out on its connection').toBe(false);
});

test('V2: the same without Node: the standard’s own stream is counted', async () => {
  const read = await readBody(body, post('0123456789a'));
  if (isProblem(read)) throw new Error(read.code);
  const { stream } = read.body as StreamInput;
  await expect(new Response(stream).text()).rejects.toThrow(BodyTooLargeError);
});

test('V2: a body announced as too large is refused unread', async () => {
  const node = new PassThrough();
  const read = await readBody(body, post('x', { 'content-length': '11' }), node);
  expect(read).toMatchObject({ kind: 'problem', code: 'body_too_large' });
  expect(node.readableFlowing).toBe(null);
});

function verbatimOf(request: Request, nodeBody = new PassThrough()) {
  const input = verbatimInput(verbatimBody(10), {
    ...{ method: 'POST', path: '/', search: '', request, nodeBody },
    nodeHeaders: { 'x-odd': 'odd' },
  });
  if (isProblem(input)) throw new Error(input.code);
  return { input, nodeBody };
}

test('a request that is passed on is read from Node where its length is announced, headers and all', async () => {
  const request = post('', { 'content-length': '10' });
  const { input, nodeBody } = verbatimOf(request);
  const read = input.bytes();
  nodeBody.write('01234');
  nodeBody.end('56789');
  expect(Buffer.from((await read) as Uint8Array).toString()).toBe('0123456789');
  expect([input.plainHeaders, request.bodyUsed]).toEqual([{ 'x-odd': 'odd' }, false]);
});

test.each([undefined, new Error('ECONNRESET')])(
  'one that breaks off on its way is malformed: %s',
  async (error) => {
    const { input, nodeBody } = verbatimOf(post('', { 'content-length': '10' }));
    const read = input.bytes();
    nodeBody.write('01234');
    nodeBody.destroy(error);
    expect(await read).toMatchObject({ kind: 'problem', code: 'malformed_request' });
  },
);

test('V2: of unknown length it is counted while it is read', async () => {
  const { request, node } = chunked('0123456789a');
  expect(await verbatimOf(request, node).input.bytes()).toMatchObject({ code: 'body_too_large' });
  expect(node.destroyed, 'the answer goes out on its connection').toBe(false);
});

test('a request that announces no body has none to pass on', () => {
  expect(verbatimOf(post('')).input.stream()).toBeNull();
});
