import type { WhenAway } from '@keyward/guard';

export interface LimitChoices {
  /** Whether nodes take permits from Redis ahead; otherwise every decision asks it. */
  readonly limitLeases: boolean;
  /** What nodes with leases do while Redis is away (L5). */
  readonly limitsWhenAway: WhenAway;
}

/** How limits are shared, by LIMIT_LEASES and LIMITS_WHEN_STORE_IS_AWAY. */
export function limitChoices(
  values: Readonly<Record<string, string | undefined>>,
  problems: string[],
): LimitChoices {
  const { LIMIT_LEASES: leases = 'on', LIMITS_WHEN_STORE_IS_AWAY: whenAway } = values;
  if (leases !== 'on' && leases !== 'off')
    problems.push(`LIMIT_LEASES must be one of on, off, not ${leases}.`);
  if (whenAway !== undefined && whenAway !== 'local' && whenAway !== 'refuse')
    problems.push(`LIMITS_WHEN_STORE_IS_AWAY must be one of local, refuse, not ${whenAway}.`);
  if (whenAway === 'local' && leases === 'off')
    problems.push('LIMITS_WHEN_STORE_IS_AWAY=local needs LIMIT_LEASES=on: the plain form asks Redis alone.');
  return { limitLeases: leases !== 'off', limitsWhenAway: whenAway === 'refuse' ? 'refuse' : 'local' };
}
