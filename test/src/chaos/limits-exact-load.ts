import { Agent, request } from 'node:http';

/** What a client saw of one request. `lost`: the connection ended before the answer. */
export interface Seen {
  readonly status: number | 'lost';
  /** X-RateLimit-Limit and X-RateLimit-Reset: which window the answer speaks of. */
  readonly limit: number;
  readonly resetSeconds: number;
  readonly retryAfterSeconds: number;
}

/** Asks a node once; never rejects. */
export function askOnce(agent: Agent, url: string, key: string): Promise<Seen> {
  return new Promise((resolve) => {
    const lost = () => resolve({ status: 'lost', limit: 0, resetSeconds: 0, retryAfterSeconds: 0 });
    const headers = { authorization: `Bearer ${key}` };
    const outgoing = request(`${url}/api/metadata?limit=1`, { agent, headers }, (incoming) => {
      const of = (name: string) => Number(incoming.headers[name] ?? Number.NaN);
      incoming.resume();
      incoming.on('error', lost).on('end', () =>
        resolve({
          status: incoming.statusCode ?? 0,
          limit: of('x-ratelimit-limit'),
          resetSeconds: of('x-ratelimit-reset'),
          retryAfterSeconds: of('retry-after'),
        }),
      );
    });
    outgoing.on('error', lost);
    outgoing.end();
  });
}

export interface LoadOptions {
  readonly urls: readonly string[];
  /** On each node. */
  readonly connections: number;
  /** Whose turn it is, request by request; whichever connection is free takes the next. */
  readonly turns: readonly number[];
  readonly keys: readonly string[];
  /** Hears of every answer; `done` counts them. */
  seen(key: number, answer: Seen, done: number): void;
}

/** Sends every turn once, over all nodes at once. A connection to a node that is gone takes no more turns. */
export async function sendAll({ urls, connections, turns, keys, seen }: LoadOptions): Promise<void> {
  let next = 0;
  let done = 0;
  const clients = urls.flatMap((url) => {
    const agent = new Agent({ keepAlive: true, maxSockets: connections });
    return Array.from({ length: connections }, async () => {
      while (next < turns.length) {
        const key = turns[next] as number;
        next += 1;
        const answer = await askOnce(agent, url, keys[key] as string);
        done += 1;
        seen(key, answer, done);
        if (answer.status === 'lost') return;
      }
    });
  });
  await Promise.all(clients);
}
