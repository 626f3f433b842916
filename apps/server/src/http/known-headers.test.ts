import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { KnownHeadersResponse } from './known-headers.ts';

let close: () => void = () => {};
afterEach(() => close());

/** The answers of a server on one connection, as they are on the wire, the Date apart. */
async function answersOf(count: number, answer: (outgoing: ServerResponse, at: number) => void) {
  let at = 0;
  const server = createServer({ ServerResponse: KnownHeadersResponse }, (_, outgoing) => {
    answer(outgoing, at);
    at += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  close = () => server.close();
  const answers: string[] = [];
  for (let sent = 0; sent < count; sent += 1) {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.end('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    let text = '';
    for await (const chunk of socket) text += chunk;
    answers.push(text.replace(/Date: .*\r\n/, ''));
  }
  return answers;
}

const linesOf = (answer = '') => answer.split('\r\n').toSorted();

test('H1: an answer is the same on the wire however often its headers were sent before', async () => {
  const answers = await answersOf(4, (outgoing) => {
    outgoing.writeHead(201, { 'x-frame-options': 'DENY', 'x-empty': '', 'content-length': 2 }).end('ok');
  });
  expect(linesOf(answers[0])).toContain('x-frame-options: DENY');
  for (const answer of answers) expect(linesOf(answer)).toEqual(linesOf(answers[0]));
});

test('H1: a value that changes is never that of another answer', async () => {
  const values = ['a', 'a', 'a', 'b', 'a', 'b', 'b', 'b', 'c'];
  const answers = await answersOf(values.length, (outgoing, at) => {
    outgoing.writeHead(200, { 'x-changing': values[at] }).end();
  });
  expect(answers.map((answer) => /x-changing: (.*)\r\n/.exec(answer)?.[1])).toEqual(values);
});

test('V2: what Node refuses in a header is refused every time, and does not reach the wire', async () => {
  const refusals: unknown[] = [];
  await answersOf(4, (outgoing) => {
    for (const headers of [{ 'x-split': 'a\r\nset-cookie: b' }, { 'x split': 'a' }]) {
      try {
        outgoing.writeHead(200, headers);
      } catch (error) {
        refusals.push((error as { code: string }).code);
      }
    }
    outgoing.end();
  });
  expect(refusals).toEqual(Array(4).fill(['ERR_INVALID_CHAR', 'ERR_INVALID_HTTP_TOKEN']).flat());
});

test('V2: what decides how the body is sent still does, also beside headers that were set one by one', async () => {
  const answers = await answersOf(3, (outgoing) => {
    outgoing.setHeader('connection', 'close');
    outgoing.writeHead(200, { 'transfer-encoding': 'chunked', 'x-twice': ['a', 'b'] }).end('ok');
  });
  for (const answer of answers) {
    expect(answer).toContain('\r\n2\r\nok\r\n0\r\n');
    expect(answer).toMatch(/connection: close\r\n/i);
    expect(answer.match(/x-twice: [ab]\r\n/g)).toHaveLength(2);
  }
});
