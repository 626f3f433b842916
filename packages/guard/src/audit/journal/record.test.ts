import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  encodeRecord,
  findRecord,
  parseRecord,
  recordHeaderBytes,
  UnknownRecordVersionError,
} from './record.ts';

test('A2: a record reads back as it was written, and not at all when a byte of it differs', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }),
      fc.integer({ min: 1, max: 4096 }),
      fc.nat(),
      (lines, entries, at) => {
        const record = encodeRecord(lines, entries);
        const parsed = parseRecord(record, 0);
        expect(parsed).toMatchObject({ kind: 'record', entries, end: record.length });
        expect(parsed.kind === 'record' && parsed.lines.toString()).toBe(lines.toWellFormed());
        const index = at % record.length;
        record[index] = (record[index] ?? 0) ^ 0x41;
        expect(parseRecord(record, 0).kind).not.toBe('record');
      },
    ),
  );
});

test('A2: a record that is cut off anywhere is partial', () => {
  const record = encodeRecord('one\ntwo\n', 2);
  for (let length = 0; length < record.length; length++) {
    expect(parseRecord(record.subarray(0, length), 0).kind).toBe('partial');
  }
});

test('a record is found behind bytes that only look like one', () => {
  const record = encodeRecord('one\n', 1);
  const bytes = Buffer.concat([Buffer.from('..'), record.subarray(0, 9), Buffer.from('..'), record]);
  expect(findRecord(bytes, 0)).toBe(13);
  expect(findRecord(bytes, 14)).toBe(-1);
});

test('A2: a sound record of a later version stops the reader instead of being skipped', async () => {
  const { crc32 } = await import('node:zlib');
  const record = encodeRecord('one\n', 1);
  record[12] = 2;
  record.writeUInt32LE(crc32(record.subarray(8)), 4);
  expect(() => parseRecord(record, 0)).toThrow(UnknownRecordVersionError);
  expect(record.length).toBe(recordHeaderBytes + 4);
});
