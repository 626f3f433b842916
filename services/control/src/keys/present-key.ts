import { type KeySummary, snakeCase } from '@keyward/guard';

/** A key as JSON: windows in seconds, and nothing of how it is kept. */
export function presentKey({ limits, checksumKeyId: _kept, ...key }: KeySummary) {
  return {
    ...snakeCase(key),
    limits: limits?.map(({ limit, windowMs }) => ({ limit, window_seconds: windowMs / 1000 })) ?? null,
  };
}
