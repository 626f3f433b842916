const unitMs = { s: 1_000, m: 60_000, h: 3_600_000 };
const serveMsMax = 24 * unitMs.h;

/**
 * What KEYS_WHEN_STORE_IS_AWAY says, as milliseconds for which verified keys go on without PostgreSQL (K10):
 * `refuse` is 0, `serve:15m` is 900,000. Anything else is a problem.
 */
export function keysServedWhenAwayMs(text: string, problems: string[]): number {
  if (text === 'refuse') return 0;
  const match = /^serve:([1-9]\d{0,6})([smh])$/.exec(text);
  const ms = Number(match?.[1]) * unitMs[match?.[2] as keyof typeof unitMs];
  if (ms <= serveMsMax) return ms;
  problems.push(
    `KEYS_WHEN_STORE_IS_AWAY must be "refuse" or such as "serve:15m" (s, m or h, at most 24h), not ${text}.`,
  );
  return 0;
}
