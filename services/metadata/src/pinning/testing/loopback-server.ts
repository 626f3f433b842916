import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as the provider got it. */
export interface SeenRequest {
  readonly method: string;
  /** With its query. */
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/**
 * What goes wrong with a request: an answer in place of the work, no answer before it (`cut`) or after it (`cut-after`),
 * silence, something that is no JSON, or a refusal that repeats what the caller said in its headers.
 */
export type Fault = Answer | 'cut' | 'cut-after' | 'silence' | 'garbage' | 'echo';

export interface LoopbackOptions {
  readonly token: string;
  /** More within any 60 seconds is answered 429 and counted as a violation. Default 100,000. */
  readonly requestsPerMinute?: number;
}

export interface LoopbackServer extends AsyncDisposable {
  /** `http://127.0.0.1:port`. */
  readonly url: string;
  readonly requests: SeenRequest[];
  /** What callers did that the contract does not allow. */
  readonly violations: string[];
  /** Asked for each request; `undefined`: it is done as documented. */
  fault: (request: SeenRequest) => Fault | undefined;
}

/** A provider on this machine that does what its contract says, notes every breach of it, and fails as it is told. */
export async function startLoopbackServer(
  { token, requestsPerMinute = 100_000 }: LoopbackOptions,
  work: (request: SeenRequest, violate: (what: string) => void) => Answer | Promise<Answer>,
): Promise<LoopbackServer> {
  const arrivals: number[] = [];
  const requests: SeenRequest[] = [];
  const violations: string[] = [];
  const server = createServer((request, response) => {
    void handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const loopback: LoopbackServer = {
    url,
    requests,
    violations,
    fault: () => undefined,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
  return loopback;

  async function handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const { method = '', headers } = incoming;
    const request = { method, url: new URL(incoming.url ?? '', url), headers, body: Buffer.concat(chunks) };
    requests.push(request);
    if (headers.authorization !== `Bearer ${token}`) {
      return answer(response, { status: 401, body: { error: { reason: 'UNAUTHORIZED' } } });
    }
    const now = performance.now();
    arrivals.push(now);
    while ((arrivals[0] ?? now) < now - 60_000) arrivals.shift();
    if (arrivals.length > requestsPerMinute) {
      violations.push(`more than ${requestsPerMinute} requests in a minute`);
      return answer(response, { status: 429, headers: { 'retry-after': '1' } });
    }
    const fault = loopback.fault(request);
    if (fault === 'silence') return;
    if (fault === 'cut') return void response.destroy();
    if (fault === 'garbage') return answer(response, { status: 200, body: '<html>502 Bad Gateway</html>' });
    if (fault === 'echo') return answer(response, { status: 500, body: { error: JSON.stringify(headers) } });
    if (typeof fault === 'object') return answer(response, fault);
    const done = await work(request, (what) => violations.push(`${method} ${request.url.pathname}: ${what}`));
    if (fault === 'cut-after') response.destroy();
    else answer(response, done);
  }
}

function answer(response: ServerResponse, { status, headers, body }: Answer): void {
  const bytes = body instanceof Uint8Array;
  const text = typeof body === 'string' || bytes ? body : body === undefined ? '' : JSON.stringify(body);
  response.writeHead(status, {
    'content-type': bytes ? 'application/octet-stream' : 'application/json',
    ...headers,
  });
  response.end(text);
}
