import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cursorSchema, page, writeCursor } from './cursor.ts';

test('V1: a cursor gives back where the page ended', () => {
  const at = { id: '01a201bf-160b-7f5f-9d9f-37a5f43b6baf', createdAt: new Date(Date.UTC(2026, 1, 3)) };
  expect(cursorSchema.parse(writeCursor(at))).toEqual(at);
});

const forged = (content: unknown) => Buffer.from(JSON.stringify(content)).toString('base64url');
test.each([
  forged({ at: '0000-01-01T00:00:00Z', id: 'a' }),
  forged({ at: '2026-01-01T00:00:00Z', id: 'a\0' }),
  forged({ at: '2026-01-01T00:00:00Z', id: "'; DROP TABLE users" }),
  forged({ at: 'now', id: 'a' }),
  forged([]),
  'x',
])('V1: the forged cursor %s is refused', (text) => expect(cursorSchema.safeParse(text).success).toBe(false));

test('V1: no text makes the reader of cursors throw', () => {
  fc.assert(fc.property(fc.string({ maxLength: 300 }), (text) => void cursorSchema.safeParse(text)));
});

test('a page says where the next one begins, and the last one says that there is none', () => {
  const rows = ['c', 'b', 'a'].map((id, at) => ({ id, createdAt: new Date(1000 - at) }));
  const first = page(rows, 2, ({ id }) => id);
  expect(first.data).toEqual(['c', 'b']);
  expect(cursorSchema.parse(first.next_cursor)).toEqual(rows[1]);
  expect(page(rows, 3, ({ id }) => id)).toEqual({ data: ['c', 'b', 'a'], next_cursor: null });
});

test('a page presents each row alone: its index was taken for an option of the presenting function', () => {
  const rows = ['b', 'a'].map((id) => ({ id, createdAt: new Date(0) }));
  const present = (...given: unknown[]) => given.length;
  expect(page(rows, 2, present).data).toEqual([1, 1]);
});
