import { expect, test } from 'vitest';
import { uuidv7 } from './ids.ts';

const nowMs = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

test('an id is a UUID of version 7 that holds its time', () => {
  for (let count = 0; count < 1_000; count += 1) {
    const id = uuidv7(nowMs + count);
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(Number.parseInt(id.slice(0, 13).replace('-', ''), 16)).toBe(nowMs + count);
  }
});

test('ids of one moment differ, and in every digit that is random', () => {
  const ids = Array.from({ length: 2_000 }, () => uuidv7(nowMs));
  expect(new Set(ids).size).toBe(ids.length);
  for (const at of [15, 16, 17, 20, 21, 22, ...Array.from({ length: 12 }, (_, digit) => 24 + digit)]) {
    expect(new Set(ids.map((id) => id[at])).size).toBe(16);
  }
  expect(new Set(ids.map((id) => id[19])).size).toBe(4);
});

test('a clock that steps back makes smaller ids again', () => {
  const later = uuidv7(nowMs);
  expect(uuidv7(nowMs - 1) < later).toBe(true);
  expect(uuidv7(nowMs + 1) > later).toBe(true);
});
