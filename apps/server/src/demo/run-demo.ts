import { type DemoKeys, type DemoRequest, demoTraffic } from './demo-traffic.ts';

export interface DemoAnswer {
  readonly what: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** Of a refusal. */
  readonly code: string | null;
}

/** Sends the demo's traffic to a node, one request after the other, telling of each. */
export async function runDemo(
  url: string,
  keys: DemoKeys,
  run: string,
  tell: (answer: DemoAnswer) => void,
): Promise<DemoAnswer[]> {
  const answers: DemoAnswer[] = [];
  for (const request of demoTraffic(keys, run)) {
    const answer = await send(url, request);
    answers.push(answer);
    tell(answer);
  }
  return answers;
}

async function send(
  url: string,
  { what, method, path, key, body, headers }: DemoRequest,
): Promise<DemoAnswer> {
  const isJson = body !== undefined && typeof body !== 'string' && !(body instanceof FormData);
  const response = await fetch(url + path, {
    method,
    headers: {
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
      ...(isJson && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: isJson ? JSON.stringify(body) : (body as string | FormData) }),
  });
  const answer = (await response.json().catch(() => ({}))) as { code?: string };
  return { what, method, path, status: response.status, code: response.ok ? null : (answer.code ?? null) };
}
