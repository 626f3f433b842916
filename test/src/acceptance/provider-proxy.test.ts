import { gzipSync } from 'node:zlib';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { Keyward } from '../product/keyward.ts';
import { createOwnDatabase } from '../product/own-database.ts';
import { createPerson, type IssuedKey, issueKey } from '../product/people-and-keys.ts';
import { type LoopbackProvider, startLoopbackProvider } from '../providers/loopback-provider.ts';
import {
  chatCompletion,
  chatEvents,
  message,
  messageEvents,
  messageUsage,
  stream,
} from '../providers/published-answers.ts';

interface Recorded {
  readonly event_id: string;
  readonly provider: string;
  readonly model: string;
  readonly priced: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly [tokenClass: string]: unknown;
}

const timeoutMs = 240_000;
const question = [{ role: 'user', content: 'Say this is a test.' }] as const;
const providerKey = 'sk-provider-0123456789abcdefgh';

describe('the provider proxy', { timeout: timeoutMs }, () => {
  let provider: LoopbackProvider;
  let keyward: Keyward;
  let key: IssuedKey;
  let close: () => Promise<void>;
  const authorization = () => ({ authorization: `Bearer ${key.key}` });

  beforeAll(async () => {
    provider = await startLoopbackProvider();
    const database = await createOwnDatabase(inject('postgresUrl'));
    keyward = await Keyward.create({
      environment: { DATABASE_URL: database.url, PROVIDER_BASE_URLS: `${provider.url}/v1,${provider.url}` },
    });
    await keyward.start();
    close = async () => {
      await keyward[Symbol.asyncDispose]();
      await provider[Symbol.asyncDispose]();
      await database.drop();
    };
    await createPerson(keyward, 'ada');
    key = await issueKey(keyward, 'ada', { service: 'meterr' });
    for (const [name, path] of [
      ['openai', '/v1'],
      ['anthropic', ''],
      ['google', ''],
    ]) {
      const body = { provider: name, api_key: providerKey, base_url: `${provider.url}${path}` };
      expect((await post('/v1/providers', body)).status).toBe(201);
    }
  }, timeoutMs);
  afterAll(() => close(), timeoutMs);

  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    keyward.fetch(path, {
      method: 'POST',
      headers: { ...authorization(), 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });

  /** What was booked for the call that was answered under this request id. */
  async function recorded(requestId: string): Promise<Recorded[]> {
    const answer = await keyward.fetch(`/v1/usage?event_id=proxy:${requestId}`, { headers: authorization() });
    return ((await answer.json()) as { data: Recorded[] }).data;
  }

  const openai = () =>
    new OpenAI({ apiKey: key.key, baseURL: `${keyward.url}/v1/proxy/openai/v1`, maxRetries: 0 });
  const anthropic = () =>
    new Anthropic({ apiKey: key.key, baseURL: `${keyward.url}/v1/proxy/anthropic`, maxRetries: 0 });
  const chatBody = { model: 'gpt-4o-mini', messages: question };

  test('T6: the official OpenAI client works by base URL alone, and its call is in the account when it returns', async () => {
    provider.answerWith(chatCompletion('This is a test.'));
    const { data, response } = await openai()
      .chat.completions.create({ model: 'gpt-4o-mini', messages: [...question] })
      .withResponse();
    expect(data.choices[0]?.message.content).toBe('This is a test.');
    const seen = provider.calls.at(-1);
    expect(seen).toMatchObject({ method: 'POST', url: '/v1/chat/completions' });
    expect(seen?.headers.authorization).toBe(`Bearer ${providerKey}`);
    expect(JSON.stringify(seen?.headers)).not.toContain(key.key);
    expect(response.headers.get('set-cookie')).toBeNull();
    expect(response.headers.get('openai-version')).toBe('2020-10-01');
    expect(response.headers.get('x-upstream-request-id')).toBe('req_123');
    expect(await recorded(response.headers.get('x-request-id') ?? '')).toMatchObject([
      {
        provider: 'openai',
        model: 'gpt-4o-mini-2024-07-18',
        input_tokens: 15,
        cache_read_tokens: 4,
        output_tokens: 7,
        reasoning_tokens: 3,
        priced: 'exact',
      },
    ]);
  });

  test.each(['\n', '\r\n'])(
    'T6: a stream passes byte for byte without the usage event that we asked for (%j)',
    async (lineEnd) => {
      provider.answerWith(({ body }) => {
        const wanted = JSON.parse(body.toString()) as { stream_options?: { include_usage?: boolean } };
        return stream(chatEvents(['Ünï', 'cödé 🌍'], wanted.stream_options?.include_usage === true, lineEnd));
      });
      const answer = await post('/v1/proxy/openai/v1/chat/completions', {
        ...chatBody,
        stream: true,
        seed: 1,
      });
      const text = await answer.text();
      const asked = chatEvents(['Ünï', 'cödé 🌍'], true, lineEnd);
      expect(text).toBe(asked.filter((event) => !event.includes('"choices":[]')).join(''));
      expect(await recorded(answer.headers.get('x-request-id') ?? '')).toMatchObject([
        { output_tokens: 7, priced: 'exact' },
      ]);
    },
  );

  test('T6: who asks for the usage event gets it, and the request goes out as it came', async () => {
    provider.answerWith(() => stream(chatEvents(['a'], true)));
    const body = `{"model":"gpt-4o-mini", "messages":[],"stream":true,"seed":12345678901234567890,"stream_options":{"include_usage":true}}`;
    const answer = await keyward.fetch('/v1/proxy/openai/v1/chat/completions', {
      method: 'POST',
      headers: { ...authorization(), 'content-type': 'application/json' },
      body,
    });
    expect(await answer.text()).toBe(chatEvents(['a'], true).join(''));
    expect(provider.calls.at(-1)?.body.toString()).toBe(body);
  });

  test('T6: the official client streams, whatever the pieces that the bytes come in', async () => {
    const whole = Buffer.from(chatEvents(['Hé', 'llo 🌍', '!'], true).join(''));
    const pieces = Array.from({ length: whole.length }, (_, at) => whole.subarray(at, at + 1));
    provider.answerWith(stream(pieces));
    const words = await openai().chat.completions.create({
      ...chatBody,
      messages: [...question],
      stream: true,
    });
    let said = '';
    let last: unknown;
    for await (const part of words) {
      said += part.choices[0]?.delta.content ?? '';
      last = part;
    }
    expect(said).toBe('Héllo 🌍!');
    expect((last as { choices: unknown[] }).choices).toHaveLength(1);
  });

  test('T6: the official Anthropic client works by base URL alone, streaming and not', async () => {
    provider.answerWith(message('Hello'));
    const { data, response } = await anthropic()
      .messages.create({ model: 'claude-sonnet-4-5', max_tokens: 100, messages: [...question] })
      .withResponse();
    expect(data.usage.output_tokens).toBe(97);
    const expected = {
      provider: 'anthropic',
      input_tokens: messageUsage.input_tokens,
      cache_write_5m_tokens: 100,
      cache_write_1h_tokens: 23,
      cache_read_tokens: 7,
      output_tokens: 97,
    };
    expect(provider.calls.at(-1)?.headers['x-api-key']).toBe(providerKey);
    expect(provider.calls.at(-1)?.headers['anthropic-version']).toBeDefined();
    expect(await recorded(response.headers.get('x-request-id') ?? '')).toMatchObject([expected]);

    provider.answerWith(stream(messageEvents(['Hel', 'lo'])));
    const streamed = await anthropic()
      .messages.create({ model: 'claude-sonnet-4-5', max_tokens: 100, messages: [...question], stream: true })
      .withResponse();
    const types: string[] = [];
    for await (const event of streamed.data) types.push(event.type);
    expect(types.at(-1)).toBe('message_stop');
    expect(await recorded(streamed.response.headers.get('x-request-id') ?? '')).toMatchObject([expected]);
  });

  test('T6: Gemini: the key in its own header, a stream of events and one JSON list', async () => {
    const values = [10, 18].map((candidatesTokenCount) => ({
      candidates: [{ content: { parts: [{ text: 'word ' }] } }],
      usageMetadata: {
        promptTokenCount: 75,
        toolUsePromptTokenCount: 25,
        candidatesTokenCount,
        thoughtsTokenCount: 144,
      },
      modelVersion: 'gemini-2.5-flash',
    }));
    for (const answer of [
      stream(values.map((value) => `data: ${JSON.stringify(value)}\r\n\r\n`)),
      { headers: { 'content-type': 'application/json' }, pieces: [JSON.stringify(values)] },
    ]) {
      provider.answerWith(answer);
      const response = await keyward.fetch(
        '/v1/proxy/google/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse',
        {
          method: 'POST',
          headers: { 'x-goog-api-key': key.key, 'content-type': 'application/json' },
          body: JSON.stringify({ contents: [{ parts: [{ text: 'Hi' }] }] }),
        },
      );
      expect(await response.text()).toBe(answer.pieces.join(''));
      expect(provider.calls.at(-1)).toMatchObject({
        url: '/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse',
      });
      expect(await recorded(response.headers.get('x-request-id') ?? '')).toMatchObject([
        { provider: 'google', input_tokens: 100, output_tokens: 18, reasoning_tokens: 144, priced: 'exact' },
      ]);
    }
  });

  test('T6: a compressed answer passes as it is and is counted', async () => {
    const [piece] = chatCompletion('packed').pieces;
    const packed = gzipSync(piece as string);
    provider.answerWith({
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      pieces: [packed],
    });
    const answer = await post('/v1/proxy/openai/v1/chat/completions', chatBody, {
      'accept-encoding': 'gzip',
    });
    expect(await answer.text()).toBe(piece);
    expect(await recorded(answer.headers.get('x-request-id') ?? '')).toMatchObject([{ output_tokens: 7 }]);
  });

  test('T6: a stream that tells no usage, or breaks off, is estimated by its words and says so', async () => {
    // Until the counter has read its vocabulary: before that a busy machine estimates by length alone.
    const warm = { model: 'gpt-4o-mini', text: 'warm' };
    await expect.poll(async () => (await post('/v1/tokens', warm)).status, { timeout: 150_000 }).toBe(201);
    for (const answer of [
      stream(chatEvents(['one ', 'two ', 'three'], false)),
      stream(chatEvents(['one ', 'two ', 'three'], false).slice(0, -2), { breaksOff: true }),
    ]) {
      provider.answerWith(answer);
      const response = await post('/v1/proxy/openai/v1/chat/completions', { ...chatBody, stream: true });
      const id = response.headers.get('x-request-id') ?? '';
      await response.text().catch(() => 'broken off');
      await expect
        .poll(() => recorded(id))
        .toMatchObject([
          { input_tokens: 6, output_tokens: 3, priced: 'estimated', metadata: { counted_by: 'estimate' } },
        ]);
    }
  });

  test('T6: an error in the middle of a stream passes, and what was told of the usage before it counts', async () => {
    const events = [
      ...messageEvents(['Hel']).slice(0, 4),
      'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n',
    ];
    provider.answerWith(stream(events));
    const answer = await post('/v1/proxy/anthropic/v1/messages', {
      model: 'claude-sonnet-4-5',
      max_tokens: 9,
      messages: question,
      stream: true,
    });
    expect(await answer.text()).toBe(events.join(''));
    expect(await recorded(answer.headers.get('x-request-id') ?? '')).toMatchObject([
      { input_tokens: 504, output_tokens: 1 },
    ]);
  });

  test('T6: errors of the provider pass with status and body, cost nothing, and the client raises its own', async () => {
    const error = { error: { message: 'Rate limit reached', type: 'requests', code: 'rate_limit_exceeded' } };
    provider.answerWith({
      status: 429,
      headers: { 'content-type': 'application/json', 'retry-after': '7' },
      pieces: [JSON.stringify(error)],
    });
    const failure = await openai()
      .chat.completions.create({ ...chatBody, messages: [...question] })
      .catch((raised: unknown) => raised);
    expect(failure).toBeInstanceOf(OpenAI.RateLimitError);
    expect((failure as InstanceType<typeof OpenAI.RateLimitError>).headers?.get('retry-after')).toBe('7');
    const id = (failure as InstanceType<typeof OpenAI.RateLimitError>).headers?.get('x-request-id') ?? '';
    expect(await recorded(id)).toEqual([]);
  });

  test('T6: when the caller goes away the rest is read, and the whole is in the account', async () => {
    provider.answerWith(
      stream(
        chatEvents(
          Array.from({ length: 20 }, () => 'word '),
          true,
        ),
        { pauseMs: 20 },
      ),
    );
    const abort = new AbortController();
    const answer = await keyward.fetch('/v1/proxy/openai/v1/chat/completions', {
      method: 'POST',
      headers: { ...authorization(), 'content-type': 'application/json' },
      body: JSON.stringify({ ...chatBody, stream: true }),
      signal: abort.signal,
    });
    const id = answer.headers.get('x-request-id') ?? '';
    await answer.body?.getReader().read();
    abort.abort();
    await expect
      .poll(() => recorded(id), { timeout: 10_000 })
      .toMatchObject([{ output_tokens: 7, priced: 'exact' }]);
    expect(provider.sent.wasCutOff).toBe(false);
  });

  test('T6: no account, a foreign address, another person, a test key: each is refused in words', async () => {
    await createPerson(keyward, 'bob');
    const bob = await issueKey(keyward, 'bob', { service: 'meterr' });
    const refused = await keyward.fetch('/v1/proxy/openai/v1/models', {
      headers: { authorization: `Bearer ${bob.key}` },
    });
    expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([
      409,
      'provider_not_connected',
    ]);
    const listed = await keyward.fetch('/v1/providers', { headers: { authorization: `Bearer ${bob.key}` } });
    expect(await listed.json()).toEqual({ data: [], next_cursor: null });
    for (const base_url of [
      'http://169.254.169.254/latest',
      `${provider.url}.example.com/v1`,
      'https://api.openai.com/v2',
    ]) {
      const foreign = await post('/v1/providers', { provider: 'openai', api_key: providerKey, base_url });
      expect(foreign.status).toBe(422);
    }
    const testKey = await issueKey(keyward, 'ada', { service: 'meterr', environment: 'test' });
    const paid = await keyward.fetch('/v1/providers', {
      method: 'POST',
      headers: { authorization: `Bearer ${testKey.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ provider: 'openai', api_key: providerKey }),
    });
    expect(paid.status).toBe(422);
  });

  test('T6: the provider key is never shown, and a removed account is used no more', async () => {
    const list = await keyward.fetch('/v1/providers', { headers: authorization() });
    const text = await list.text();
    expect(text).not.toContain(providerKey);
    const { data } = JSON.parse(text) as { data: { id: string; provider: string; last_four: string }[] };
    const account = data.find((one) => one.provider === 'anthropic');
    expect(account?.last_four).toBe('efgh');
    const removed = await keyward.fetch(`/v1/providers/${account?.id}`, {
      method: 'DELETE',
      headers: authorization(),
    });
    expect(removed.status).toBe(204);
    const answer = await post('/v1/proxy/anthropic/v1/messages', { model: 'm', messages: [] });
    expect(answer.status).toBe(409);
    expect(keyward.output).not.toContain(providerKey);
  });

  test('T6: a provider that cannot be reached is 502', async () => {
    await provider[Symbol.asyncDispose]();
    const answer = await post('/v1/proxy/openai/v1/chat/completions', chatBody);
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([
      502,
      'provider_unavailable',
    ]);
  });
});
