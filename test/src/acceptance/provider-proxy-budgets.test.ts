import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Keyward } from '../product/keyward.ts';
import { query } from '../product/own-database.ts';
import { issueKey } from '../product/people-and-keys.ts';
import { type PostOptions, type ProxyBed, proxyBed } from '../providers/proxy-bed.ts';
import { chatEvents, stream } from '../providers/published-answers.ts';
import { untilNotBusy } from './until-not-busy.ts';

const timeoutMs = 240_000;
const chat = '/v1/proxy/openai/v1/chat/completions';

/** gpt-4: 30 and 60 dollars a million; its text costs 0.00003 a byte at most, and 0.0006 for ten tokens out. */
const call = { model: 'gpt-4', max_tokens: 10, messages: [{ role: 'user', content: 'Say this is a test.' }] };
const bound = Buffer.byteLength(JSON.stringify(call)) * 0.00003 + 10 * 0.00006;

/** As dear as the call may be by its bound: a token for each byte, and ten out. */
const dearest = {
  headers: { 'content-type': 'application/json' },
  pieces: [
    JSON.stringify({
      model: 'gpt-4-0613',
      choices: [{ index: 0, message: { role: 'assistant', content: 'x' }, finish_reason: 'length' }],
      usage: { prompt_tokens: Buffer.byteLength(JSON.stringify(call)), completion_tokens: 10 },
    }),
  ],
};

interface Budget {
  readonly id: string;
  readonly current: Readonly<Record<'spent' | 'held' | 'remaining' | 'overdraw', string>>;
}

describe('hard budgets on the proxy, two nodes', { timeout: timeoutMs }, () => {
  let bed: ProxyBed;
  beforeAll(async () => {
    bed = await proxyBed({ nodes: 2 });
  }, timeoutMs);
  afterAll(() => bed?.[Symbol.asyncDispose](), timeoutMs);

  /** The whole answer: what a call cost is booked before its last byte, not before its first. */
  async function send(path: string, body: object, more: PostOptions = {}): Promise<Response> {
    const answer = await bed.post(path, body, more);
    return new Response(await answer.text(), { status: answer.status, headers: answer.headers });
  }

  /** A key that has used nothing yet: a budget begins with what its period has come to. */
  async function freshKey() {
    const key = await issueKey(bed.nodes[0] as Keyward, 'ada', { service: 'meterr' });
    const headers = { authorization: `Bearer ${key.key}` };
    return {
      subject: { kind: 'key', id: key.id },
      call: (body: object = call, node = 0) => send(chat, body, { headers, node }),
      headers,
    };
  }

  async function limit(calls: number, subject: object): Promise<string> {
    const body = { name: 'cap', subject, limit: (bound * calls).toFixed(6), hard: true };
    const made = await bed.post('/v1/budgets', body);
    expect(made.status).toBe(201);
    return ((await made.json()) as Budget).id;
  }

  async function current(id: string): Promise<Budget['current']> {
    const [node] = bed.nodes as [Keyward];
    const answer = await node.fetch(`/v1/budgets/${id}?decimals=all`, { headers: bed.authorization });
    return ((await answer.json()) as Budget).current;
  }

  async function remove(id: string): Promise<void> {
    const init = { method: 'DELETE', headers: bed.authorization };
    expect((await bed.nodes[0]?.fetch(`/v1/budgets/${id}`, init))?.status).toBe(204);
  }

  /** Until both nodes know that there is a hard budget: the one that made it does so at once, the other within 4 s. */
  async function known(post: (body: object, node: number) => Promise<Response>): Promise<void> {
    const body = { ...call, model: 'no-such-model' };
    await expect.poll(async () => (await post(body, 1)).status, { timeout: 20_000 }).toBe(422);
  }

  const codeOf = async (answer: Response) => ((await answer.json()) as { code?: string }).code;

  test('T5: of 200 calls at once over two nodes exactly as many pass as the budget has room for', async () => {
    bed.provider.answerWith(dearest);
    const fresh = await freshKey();
    const id = await limit(7, fresh.subject);
    bed.provider.answerWith({ status: 404, pieces: ['{}'] });
    await known(fresh.call);
    bed.provider.answerWith(dearest);
    const before = bed.provider.calls.length;
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, at) => untilNotBusy(() => fresh.call(call, at % 2))),
    );
    const refused = answers.filter(({ status }) => status !== 200);
    expect(answers.length - refused.length).toBe(7);
    for (const answer of refused)
      expect([answer.status, await codeOf(answer)]).toEqual([402, 'budget_spent']);
    expect(bed.provider.calls.length - before).toBe(7);
    expect(await current(id)).toMatchObject({ held: '0', overdraw: '0', remaining: '0' });
    await remove(id);
  });

  test('T5: at once on the node that made it; errors of the provider give back what was held', async () => {
    bed.provider.answerWith({ status: 500, pieces: ['{"error":{"message":"no"}}'] });
    const fresh = await freshKey();
    const id = await limit(1, fresh.subject);
    for (let at = 0; at < 3; at += 1) expect((await fresh.call()).status).toBe(500);
    expect(await current(id)).toMatchObject({ held: '0', spent: '0' });
    bed.provider.answerWith(dearest);
    expect((await fresh.call()).status).toBe(200);
    expect((await fresh.call()).status).toBe(402);
    expect(await current(id)).toMatchObject({ held: '0', overdraw: '0', remaining: '0' });
    await remove(id);
  });

  test('T5: several answers to one call are held for, and a stream settles what it held', async () => {
    const fresh = await freshKey();
    const id = await limit(2, fresh.subject);
    expect((await fresh.call({ ...call, n: 20 })).status).toBe(402);
    bed.provider.answerWith(stream(chatEvents(['one ', 'two'], true)));
    const answer = await fresh.call({ ...call, stream: true });
    expect(await answer.text()).toContain('[DONE]');
    const { held, overdraw, spent } = await current(id);
    expect([held, overdraw, Number(spent) > 0]).toEqual(['0', '0', true]);
    await remove(id);
  });

  test('T5: under a hard budget no call goes out whose cost is not bounded', async () => {
    const fresh = await freshKey();
    const id = await limit(1000, fresh.subject);
    const before = bed.provider.calls.length;
    const refused = async (path: string, body: object) => {
      const answer = await send(`/v1/proxy/openai/v1${path}`, body, { headers: fresh.headers });
      return [answer.status, await codeOf(answer)];
    };
    const unpriced = [422, 'unpriced_model'];
    expect(await refused('/chat/completions', { ...call, model: 'no-such-model' })).toEqual(unpriced);
    expect(await refused('/responses', { model: 'gpt-4o', input: 'Hi', background: true })).toEqual(unpriced);
    expect(await refused('/batches', { input_file_id: 'file-1' })).toEqual(unpriced);
    expect(await refused('/chat/completions', [])).toEqual(unpriced);
    expect(bed.provider.calls.length).toBe(before);
    await remove(id);
    bed.provider.answerWith(dearest);
    const { headers } = fresh;
    expect((await send('/v1/proxy/openai/v1/batches', { input_file_id: 'file-1' }, { headers })).status).toBe(
      200,
    );
  });

  test('T5: budgets of tags hold by header; wrong tags are refused, and the provider sees none', async () => {
    bed.provider.answerWith(dearest);
    const id = await limit(1, { kind: 'tag', name: 'feature', value: 'søk, all' });
    const tagged = { headers: { 'x-meterr-tags': 'team=a,feature=s%C3%B8k%2C%20all' } };
    const passed = await send(chat, call, tagged);
    expect(passed.status).toBe(200);
    expect(await bed.booked(passed.headers.get('x-request-id') ?? '')).toMatchObject([
      { tags: { team: 'a', feature: 'søk, all' } },
    ]);
    expect(JSON.stringify(bed.provider.calls.at(-1)?.headers)).not.toContain('meterr');
    expect((await send(chat, call, tagged)).status).toBe(402);
    expect((await send(chat, call, { headers: { 'x-meterr-tags': 'feature=other' } })).status).toBe(200);
    expect((await send(chat, call)).status).toBe(200);
    expect((await send(chat, call, { headers: { 'x-meterr-tags': 'feature' } })).status).toBe(422);
    await remove(id);
  });

  test('T5: a budget of one key leaves the calls of another alone', async () => {
    bed.provider.answerWith(dearest);
    const [limited, free] = [await freshKey(), await freshKey()];
    const id = await limit(1, limited.subject);
    for (let at = 0; at < 3; at += 1) expect((await free.call()).status).toBe(200);
    expect(await current(id)).toMatchObject({ spent: '0', held: '0' });
    await remove(id);
  });

  test(
    'T5: what a killed node held is free again when it expires',
    async () => {
      const fresh = await freshKey();
      const id = await limit(1, fresh.subject);
      bed.provider.answerWith({ status: 404, pieces: ['{}'] });
      await known(fresh.call);
      bed.provider.handleWith(() => {});
      const lost = fresh.call(call, 1).catch(() => 'lost');
      await expect.poll(async () => (await current(id)).remaining, { timeout: 20_000 }).toBe('0');
      await bed.nodes[1]?.kill9();
      expect(await lost).toBe('lost');
      bed.provider.answerWith(dearest);
      expect((await fresh.call()).status).toBe(402);
      // As if a quarter of an hour had passed.
      await query(bed.databaseUrl, "UPDATE budget_holds SET expires_at = now() WHERE state = 'open'");
      await expect
        .poll(async () => (await current(id)).held, { timeout: 150_000, interval: 1_000 })
        .toBe('0');
      expect((await fresh.call()).status).toBe(200);
    },
    timeoutMs,
  );
});
