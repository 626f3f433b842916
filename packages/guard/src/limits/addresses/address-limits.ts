import type { Window } from '../../route.ts';
import { parseLimit } from '../parse-limit.ts';

/** How many requests an address group may make (L4): an IPv4 address, or an IPv6 /64. */
export interface AddressLimits {
  /** Without a valid key. */
  readonly keyless: Window;
  /** Answered 401. */
  readonly failed: Window;
  /** To routes that declare `limit: 'sign-in'`. */
  readonly signIn: Window;
  /** With a valid key, whichever. */
  readonly keyed: Window;
}

const minuteMs = 60_000;

export const defaultAddressLimits: AddressLimits = {
  keyless: { limit: 600, windowMs: minuteMs },
  failed: { limit: 30, windowMs: minuteMs },
  signIn: { limit: 10, windowMs: minuteMs },
  keyed: { limit: 60_000, windowMs: minuteMs },
};

const names = new Map<string, keyof AddressLimits>([
  ['keyless', 'keyless'],
  ['failed', 'failed'],
  ['sign-in', 'signIn'],
  ['keyed', 'keyed'],
]);

/**
 * Reads `keyless=600/1m,failed=30/1m,sign-in=10/1m,keyed=60000/1m`; what is left out keeps its default, and `off` is
 * undefined: no limit goes by address. Throws a `RangeError` that says what is wrong.
 */
export function parseAddressLimits(text: string): AddressLimits | undefined {
  if (text === 'off') return undefined;
  const given = new Map<keyof AddressLimits, Window>();
  for (const part of text.split(',')) {
    const [label = '', limit = ''] = part.trim().split('=', 2);
    const name = names.get(label);
    if (name === undefined) {
      const known = [...names.keys()].join(', ');
      throw new RangeError(
        `${JSON.stringify(label.slice(0, 40))} is none of ${known}: write keyless=600/1m, or off alone`,
      );
    }
    if (given.has(name)) throw new RangeError(`${label} is given twice`);
    given.set(name, parseLimit(limit));
  }
  return { ...defaultAddressLimits, ...Object.fromEntries(given) };
}
