import { type Agent, type IncomingMessage, request } from 'node:http';

/** One request that a client is about to make. */
export interface Wish {
  /** In words, for whoever reads a failure. */
  readonly kind: string;
  readonly method: string;
  readonly path: string;
  readonly key?: string;
  /** Sent as it is, with `content-type: application/json`. */
  readonly body?: string;
  /** What may be answered while nothing is wrong. */
  readonly expected: readonly number[];
  /** Hears an answer that is among the expected ones; says what is wrong with it, if anything. */
  readonly accept?: (answer: Answer) => string | undefined;
}

/** A complete answer. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** Parsed JSON; undefined when there was none. */
  readonly body: unknown;
}

/** `cut`: the connection ended before the answer was complete. `hung`: neither came within the deadline. */
export type Outcome =
  | { readonly kind: 'answered'; readonly answer: Answer }
  | { readonly kind: 'cut'; readonly hadBegun: boolean; readonly error: string }
  | { readonly kind: 'hung' };

/** Beyond the deadline of every request (O6: 30 s). */
const deadlineMs = 40_000;

/** Sends one request and says what the client saw of it; never rejects. */
export function send(agent: Agent, url: string, wish: Wish, clientRequestId: string): Promise<Outcome> {
  return new Promise((resolve) => {
    let hadBegun = false;
    const cut = (error: Error): void => resolve({ kind: 'cut', hadBegun, error: error.message });
    const outgoing = request(
      url + wish.path,
      { agent, method: wish.method, headers: headersOf(wish, clientRequestId) },
      (incoming) => {
        hadBegun = true;
        read(incoming).then((answer) => resolve({ kind: 'answered', answer }), cut);
      },
    );
    outgoing.on('error', cut);
    outgoing.setTimeout(deadlineMs, () => {
      resolve({ kind: 'hung' });
      outgoing.destroy();
    });
    outgoing.end(wish.body);
  });
}

function headersOf({ key, body }: Wish, clientRequestId: string): Record<string, string> {
  return {
    'x-request-id': clientRequestId,
    ...(key !== undefined && { authorization: `Bearer ${key}` }),
    ...(body !== undefined && {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
    }),
  };
}

/** Rejects unless the whole answer came: half of one acknowledges nothing. */
async function read(incoming: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  if (!incoming.complete) throw new Error('the answer is not complete');
  const text = Buffer.concat(chunks).toString();
  const { statusCode: status = 0, headers } = incoming;
  return { status, headers, body: text === '' ? undefined : JSON.parse(text) };
}
