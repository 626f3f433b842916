import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EventSplitter } from './split-events.ts';
import { withoutUsageEvents } from './strip-usage-events.ts';

const isOurs = (value: unknown) => (value as { choices?: unknown[] } | undefined)?.choices?.length === 0;
const usageData = '{"choices":[],"usage":{"total_tokens":3}}';

const event = fc.tuple(
  fc.constantFrom(
    'data: {"choices":[{"text":"Zoë 🌍"}]}',
    'data:{"choices":[{}],"usage":null}',
    ': ping',
    'event: x\ndata: [DONE]',
    usageData,
    `data: "usage"`,
    `data: ${usageData}`,
    `id: 7\ndata:${usageData}`,
  ),
  fc.constantFrom('\n', '\r\n', '\r'),
);

function stripped(bytes: Buffer, cuts: readonly number[]): string {
  const splitter = new EventSplitter();
  const out: string[] = [];
  const places = [0, ...[...cuts].sort((a, b) => a - b), bytes.length];
  for (let at = 1; at < places.length; at += 1)
    out.push(withoutUsageEvents(splitter.take(bytes.toString('latin1', places[at - 1], places[at])), isOurs));
  out.push(withoutUsageEvents([splitter.end()], isOurs));
  return Buffer.from(out.join(''), 'latin1').toString('utf8');
}

test('T6: wherever the bytes are cut, our own event is gone and all others are as they were', () => {
  fc.assert(
    fc.property(fc.array(event), fc.array(fc.nat(2_000)), (events, cuts) => {
      const texts = events.map(([text, lineEnd]) => `${text.replaceAll('\n', lineEnd)}${lineEnd}${lineEnd}`);
      const expected = texts.filter(
        (_, at) => !/^(?:id: 7[\r\n]+)?data: ?\{"choices":\[\],/.test(texts[at] as string),
      );
      const bytes = Buffer.from(texts.join(''));
      expect(
        stripped(
          bytes,
          cuts.map((cut) => Math.min(cut, bytes.length)),
        ),
      ).toBe(expected.join(''));
    }),
    { numRuns: 300 },
  );
});

test('T6: what ends in the middle of an event is passed on, and an endless event is not kept', () => {
  expect(stripped(Buffer.from('data: {"choi'), [3])).toBe('data: {"choi');
  const splitter = new EventSplitter();
  expect(splitter.take('x'.repeat(3 * 1024 * 1024))[0]).toHaveLength(3 * 1024 * 1024);
  expect(splitter.end()).toHaveLength(0);
});
