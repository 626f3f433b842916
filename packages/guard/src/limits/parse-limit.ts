import type { Window } from '../route.ts';

const unitsMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

type Unit = keyof typeof unitsMs;

export const limitMax = 1_000_000_000;
export const windowMsMax = 30 * unitsMs.d;

/**
 * Reads a limit as people write it: `1000/1h`, `10/1s`, `5000/30d`.
 * 1 to 1,000,000,000 requests in 1 second to 30 days; anything else throws a `RangeError` that says what is wrong.
 */
export function parseLimit(text: string): Window {
  const [, count, length, unit] = /^(\d{1,16})\/(\d{1,16})([smhd])$/.exec(text) ?? [];
  if (count === undefined || length === undefined) {
    throw wrong(text, 'write requests/time, such as 1000/1h; units are s, m, h, d');
  }
  const limit = Number(count);
  if (limit < 1 || limit > limitMax) throw wrong(text, `the requests must be 1 to ${limitMax}`);
  const windowMs = Number(length) * unitsMs[unit as Unit];
  if (windowMs < unitsMs.s || windowMs > windowMsMax) throw wrong(text, 'the time must be 1s to 30d');
  return { limit, windowMs };
}

/** Writes a limit in the largest unit that fits: `1000/1h`. Lengths of no whole second, which only tests use, in `ms`. */
export function formatLimit({ limit, windowMs }: Window): string {
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    if (windowMs % unitsMs[unit] === 0) return `${limit}/${windowMs / unitsMs[unit]}${unit}`;
  }
  return `${limit}/${windowMs}ms`;
}

function wrong(text: string, why: string): RangeError {
  return new RangeError(`limit ${JSON.stringify(text.slice(0, 40))}: ${why}`);
}
