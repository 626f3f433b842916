import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keyOf, type MeterrUnderTest, meterrUnderTest } from '../testing/meterr-under-test.ts';
import type { TokenCounter } from './token-counter.ts';

const letters: TokenCounter = {
  async count(text) {
    if (text === 'busy' || text === 'timeout' || text === 'failed') return { ok: false, reason: text };
    return { ok: true, count: text.length };
  },
};

let meterr: MeterrUnderTest;
beforeAll(async () => {
  meterr = await meterrUnderTest(letters);
});
afterAll(() => meterr[Symbol.asyncDispose]());

const ann = keyOf('ann');
const count = (body: Record<string, unknown>, caller = ann) => meterr.call('countTokens', caller, { body });

describe('T1: counting', () => {
  test('T1: a count is priced as input tokens and answers 201', async () => {
    const got = await count({ text: 'x'.repeat(1000), model: 'gpt-4', metadata: { project: 'p' } });
    expect(got.status).toBe(201);
    expect(got.body).toEqual({
      id: expect.any(String),
      model: 'gpt-4',
      encoding: 'cl100k_base',
      count: 1000,
      exactness: 'exact',
      priced: 'exact',
      cost: '0.030000',
      price_id: expect.any(String),
      metadata: { project: 'p' },
      created_at: '2026-11-01T12:00:00.000Z',
    });
    expect(got.audited).toEqual([got.text('id')]);
    const read = await meterr.call('getToken', ann, { params: { id: got.text('id') } });
    expect(read.body).toEqual(got.body);
  });

  test('T1: claude-3 is accepted, estimated and unpriced', async () => {
    expect((await count({ text: 'hello', model: 'claude-3' })).body).toMatchObject({
      exactness: 'estimated',
      priced: 'unpriced',
      cost: null,
      price_id: null,
    });
  });

  test('T1: the price of an estimated count is an estimate', async () => {
    expect((await count({ text: 'hello', model: 'claude-3-haiku-20240307' })).body).toMatchObject({
      priced: 'estimated',
      cost: '0.000001',
    });
  });

  test('T7: the text is nowhere in the row', async () => {
    const got = await count({ text: 'a very secret prompt', model: 'gpt-4' });
    const { rows } = await meterr.database.orm.execute(
      sql`SELECT * FROM tokens WHERE id = ${got.text('id')}`,
    );
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain('secret');
  });

  test('T1: 100,000 units are counted, one more is too long', async () => {
    expect((await count({ text: 'é'.repeat(100_000), model: 'gpt-4' })).status).toBe(201);
    const got = await count({ text: 'é'.repeat(100_001), model: 'gpt-4' });
    expect(got).toMatchObject({ status: 422, errors: [{ pointer: '/text', message: 'Text too long' }] });
  });

  test('T1: no text at all has no tokens', async () => {
    expect((await count({ text: '', model: 'gpt-4' })).body).toMatchObject({ count: 0, cost: '0.000000' });
  });

  test.each([
    ['busy', 503, 'overloaded'],
    ['timeout', 503, 'overloaded'],
    ['failed', 500, 'internal_error'],
  ])('T1: a counter that is %s answers %i', async (text, status, code) => {
    const got = await count({ text, model: 'gpt-4' });
    expect(got).toMatchObject({ status, code });
    if (status === 503) expect(got.headers['retry-after']).toMatch(/^\d+$/);
  });

  test('T1: a count enters no summary', async () => {
    expect((await meterr.call('usageSummary', ann, {})).body).toMatchObject({ total_events: 0 });
  });

  test.each([
    [{ text: 1, model: 'gpt-4' }, '/text'],
    [{ text: 'x' }, '/model'],
    [{ text: 'x', model: 'gpt-4', metadata: { a: 1 } }, '/metadata/a'],
    [{ text: 'x', model: 'gpt-4', metadata: { a: 'x'.repeat(1001) } }, '/metadata/a'],
    [{ text: 'x', model: 'gpt-4', more: 1 }, '/'],
  ])('V1: %j is refused at %s', async (body, pointer) => {
    const got = await count(body);
    expect(got.status).toBe(422);
    expect(got.errors.map((error) => error.pointer)).toEqual([pointer]);
  });
});

describe('T1: reading counts back', () => {
  test('T1: newest first, page by page, within the dates', async () => {
    const bob = keyOf('bob');
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) {
      ids.unshift((await count({ text: 'x', model: 'gpt-4' }, bob)).text('id'));
      if (n % 2 === 0) meterr.clock.advance(1000);
    }
    const first = await meterr.call('listTokens', bob, { query: { limit: 3 } });
    const second = await meterr.call('listTokens', bob, { query: { cursor: first.text('next_cursor') } });
    const seen = [...first.list(), ...second.list()].map(({ id }) => id);
    expect([...seen].sort()).toEqual([...ids].sort());
    const times = [...first.list(), ...second.list()].map(({ created_at }) => created_at);
    expect(times).toEqual([...times].sort().reverse());
    expect(second.body.next_cursor).toBeNull();
    const dated = await meterr.call('listTokens', bob, { query: { end_date: '2026-10-31' } });
    expect(dated.list()).toEqual([]);
  });

  test('R3, K5: another owner’s and another environment’s counts do not exist', async () => {
    const id = (await count({ text: 'x', model: 'gpt-4' }, keyOf('owner'))).text('id');
    for (const caller of [keyOf('stranger'), keyOf('owner', { environment: 'test' })]) {
      expect(await meterr.call('getToken', caller, { params: { id } })).toMatchObject({ code: 'not_found' });
      expect((await meterr.call('listTokens', caller, {})).list()).toEqual([]);
    }
    expect((await meterr.call('getToken', ann, { params: { id: 'none' } })).status).toBe(404);
  });
});
