import { networkInterfaces } from 'node:os';
import { type AddressLimits, parseAddressLimits, rangeComplaint } from '@keyward/guard';

/** What ADDRESS_LIMITS says, such as `keyless=600/1m,failed=30/1m`; anything else is a problem. */
export function addressLimits(text: string, problems: string[]): AddressLimits | 'off' {
  try {
    return parseAddressLimits(text) ?? 'off';
  } catch (error) {
    problems.push(`ADDRESS_LIMITS: ${(error as Error).message}.`);
    return 'off';
  }
}

/** Addresses and CIDR ranges, separated by commas. */
export function addressRanges(name: string, text: string | undefined, problems: string[]): string[] {
  const ranges = (text ?? '').split(',').flatMap((part) => part.trim() || []);
  for (const range of ranges) {
    const complaint = rangeComplaint(range);
    if (complaint !== undefined) problems.push(`${name}: ${complaint}`);
  }
  return ranges;
}

/** Whom nobody can have blocked (M3): those that the operator names, the proxies in front, and this machine itself. */
export function neverBlocked(config: {
  readonly neverBlock: readonly string[];
  readonly trustedProxies: readonly string[];
}): readonly string[] {
  const own = Object.values(networkInterfaces()).flatMap((addresses) =>
    (addresses ?? []).map(({ address }) => address.replace(/%.*$/, '')),
  );
  return [...config.neverBlock, ...config.trustedProxies, ...own];
}
