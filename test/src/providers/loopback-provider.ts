import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** A request as the provider got it. */
export interface SeenCall {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** What the provider answers: bytes in pieces, each as it is put on the wire, with pauses between them. */
export interface ProviderAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly pieces: readonly (string | Buffer)[];
  readonly pauseMs?: number;
  /** Breaks the connection off after the last piece. */
  readonly breaksOff?: boolean;
}

export interface LoopbackProvider extends AsyncDisposable {
  /** `http://127.0.0.1:port`. */
  readonly url: string;
  readonly calls: SeenCall[];
  /** Bytes of the last answer that went out before its connection closed. */
  readonly sent: { pieces: number; wasCutOff: boolean };
  answerWith(answer: ProviderAnswer | ((call: SeenCall) => ProviderAnswer)): void;
  /** The next calls are handled by this alone, which need not even read them; undefined: no longer. */
  handleWith(handler: RawHandler | undefined): void;
}

export type RawHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** A provider on loopback that speaks HTTP strictly and answers what the test says. */
export async function startLoopbackProvider(): Promise<LoopbackProvider> {
  const calls: SeenCall[] = [];
  const sent = { pieces: 0, wasCutOff: false };
  let answerOf: (call: SeenCall) => ProviderAnswer = () => ({ status: 500, pieces: ['no answer was set'] });
  let handler: RawHandler | undefined;
  const server = createServer(async (request, response) => {
    if (handler !== undefined) return handler(request, response);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const call: SeenCall = {
      method: request.method ?? '',
      url: request.url ?? '',
      headers: request.headers,
      body: Buffer.concat(chunks),
    };
    calls.push(call);
    await send(response, answerOf(call), sent);
  });
  // A streamed body cannot be sent again: only what a test does itself closes a connection.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    sent,
    answerWith(answer) {
      handler = undefined;
      answerOf = typeof answer === 'function' ? answer : () => answer;
    },
    handleWith(wanted) {
      handler = wanted;
    },
    [Symbol.asyncDispose]: () => close(server),
  };
}

async function send(
  response: ServerResponse,
  answer: ProviderAnswer,
  sent: { pieces: number; wasCutOff: boolean },
): Promise<void> {
  sent.pieces = 0;
  sent.wasCutOff = false;
  response.once('close', () => {
    sent.wasCutOff = !response.writableFinished;
  });
  response.writeHead(answer.status ?? 200, answer.headers);
  response.flushHeaders();
  for (const piece of answer.pieces) {
    if (response.destroyed) return;
    response.write(piece);
    sent.pieces += 1;
    await delay(answer.pauseMs ?? 0);
  }
  if (answer.breaksOff === true) response.destroy();
  else response.end();
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}
