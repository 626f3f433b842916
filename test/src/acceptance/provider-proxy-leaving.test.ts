import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { query } from '../product/own-database.ts';
import { type ProxyBed, proxyBed } from '../providers/proxy-bed.ts';
import { chatEvents, stream } from '../providers/published-answers.ts';

const timeoutMs = 240_000;
const chat = '/v1/proxy/openai/v1/chat/completions';
const call = { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'Say this is a test.' }] };
/** Far longer than anybody waits for it. */
const endless = stream(
  chatEvents(
    Array.from({ length: 2_000 }, () => 'word '),
    true,
  ),
  { pauseMs: 50 },
);

interface Booked {
  readonly input: number;
  readonly output: number;
  readonly priced: string;
  readonly counted: string | null;
}

describe.each([
  { setting: 'cancel', drainMs: 0 },
  { setting: 'drain:2s', drainMs: 2_000 },
])('PROXY_WHEN_CALLER_LEAVES=$setting', { timeout: timeoutMs }, ({ setting, drainMs }) => {
  let bed: ProxyBed;
  beforeAll(async () => {
    bed = await proxyBed({ environment: { PROXY_WHEN_CALLER_LEAVES: setting } });
    // Until the counter has read its vocabulary: before that a busy machine estimates by length alone.
    const warm = { model: 'gpt-4o-mini', text: 'warm' };
    while ((await bed.post('/v1/tokens', warm)).status !== 201);
  }, timeoutMs);
  afterAll(() => bed?.[Symbol.asyncDispose](), timeoutMs);

  async function lastBooked(): Promise<Booked | undefined> {
    const [row] = await query<{ [Name in keyof Booked]: Booked[Name] }>(
      bed.databaseUrl,
      `SELECT input_tokens::int AS input, output_tokens::int AS output, priced, metadata->>'counted_by' AS counted
       FROM usage_events ORDER BY id DESC LIMIT 1`,
    );
    return row;
  }

  test('T6: a stream is cut off when the time to read on is over, and what was said is estimated', async () => {
    bed.provider.answerWith(endless);
    const abort = new AbortController();
    const answer = await bed.post(chat, { ...call, stream: true }, { signal: abort.signal });
    const reader = answer.body?.getReader();
    for (let at = 0; at < 5; at += 1) await reader?.read();
    const leftAtMs = performance.now();
    abort.abort();
    await expect.poll(() => bed.provider.sent.wasCutOff, { timeout: 30_000 }).toBe(true);
    expect(performance.now() - leftAtMs).toBeGreaterThanOrEqual(drainMs - 50);
    await expect
      .poll(lastBooked, { timeout: 30_000 })
      .toMatchObject({ priced: 'estimated', counted: 'estimate' });
    expect((await lastBooked())?.output).toBeGreaterThan(2);
  });

  test('T6: an answer that had not begun is given up, and its input is booked', async () => {
    const asked = Promise.withResolvers<void>();
    const closed = Promise.withResolvers<void>();
    bed.provider.handleWith((request, response) => {
      response.once('close', () => closed.resolve());
      request.resume().once('end', () => asked.resolve());
    });
    const abort = new AbortController();
    const lost = bed.post(chat, call, { signal: abort.signal }).catch(() => 'lost');
    await asked.promise;
    abort.abort();
    expect(await lost).toBe('lost');
    await closed.promise;
    const expected = { input: 6, output: 0, priced: 'estimated', counted: 'estimate' };
    await expect.poll(lastBooked, { timeout: 30_000 }).toEqual(expected);
  });
});
