import { afterAll, beforeAll, expect, test } from 'vitest';
import { keyOf, type MeterrUnderTest, meterrUnderTest } from '../testing/meterr-under-test.ts';

let meterr: MeterrUnderTest;
beforeAll(async () => {
  meterr = await meterrUnderTest();
});
afterAll(() => meterr[Symbol.asyncDispose]());

test.each([
  ['Europe/Berlin', '2026-03-29', 23],
  ['Europe/Berlin', '2026-10-25', 25],
  ['America/New_York', '2026-03-08', 23],
  ['Australia/Lord_Howe', '2026-04-05', 24.5],
  ['Asia/Kathmandu', '2026-06-01', 24],
])('T3: in %s the day %s has %d hours, to the quarter', async (time_zone, day, hours) => {
  const caller = keyOf(`${time_zone} ${day}`);
  const noonMs = Date.parse(`${day}T12:00:00Z`);
  const events = Array.from({ length: 4 * 72 }, (_, n) => ({
    model: 'gpt-4',
    input_tokens: 1,
    timestamp: new Date(noonMs + (n - 4 * 36) * 15 * 60_000).toISOString(),
    tags: { n: String(n % 2) },
  }));
  await meterr.call('recordUsageBatch', caller, { body: { events } });
  for (const split of [{}, { by: 'tag', tag: 'n' }]) {
    const query = { time_zone, start_date: day, end_date: day, ...split };
    const got = await meterr.call('usageSummary', caller, { query });
    expect(got.body).toMatchObject({ total_tokens: hours * 4 });
    expect(got.list()).toMatchObject([{ date: day, tokens: hours * 4 }]);
  }
});
