import { addressGroup, isLoopback } from '../addresses/address-group.ts';
import { type AddressRange, parseRange, rangeComplaint, rangeContains } from '../addresses/range.ts';
import { type Problem, refuse } from '../reply.ts';

export interface BlockSubject {
  readonly kind: 'address' | 'range';
  readonly range: AddressRange;
}

/** Wider ranges are refused (M3): nobody blocks everybody. */
const prefixBitsMin = { 4: 8, 16: 16 } as const;

/**
 * What is to be blocked, as people write it. One address means the group it is counted with (L4), an IPv6 address its
 * /64; one IPv6 address alone is written with /128. 422 for what is no address or range, or too wide a one.
 */
export function parseBlockSubject(text: string): BlockSubject | Problem {
  const isAddress = !text.includes('/');
  const range = parseRange(isAddress ? addressGroup(text) : text);
  if (range === undefined) return invalid(rangeComplaint(text) ?? 'is no IP address or CIDR range.');
  const bitsMin = prefixBitsMin[range.bytes.length as 4 | 16];
  if (range.prefixBits < bitsMin)
    return invalid(
      `A block of ${range.text} would keep out too many: the prefix must be at least /${bitsMin}.`,
    );
  return { kind: isAddress ? 'address' : 'range', range };
}

/**
 * Why the subject must not be blocked (M3), or undefined: loopback, and whatever lies wholly in a range that is never
 * blocked. A wider one may be: those inside who are never blocked stay so.
 */
export function protectedSubject(
  text: string,
  { range }: BlockSubject,
  neverBlock: readonly AddressRange[],
): Problem | undefined {
  if (isLoopback(text) || isWithin(range, loopback)) return refuseBlock('Loopback is never blocked.');
  const guardian = neverBlock.find(
    (one) => isWithin(range, one) || (!text.includes('/') && rangeContains([one], text)),
  );
  if (guardian === undefined) return undefined;
  return refuseBlock(
    `${range.text} is never blocked: ${guardian.text} is a trusted proxy, this machine, or on the list NEVER_BLOCK.`,
  );
}

export function refuseBlock(detail: string): Problem {
  return refuse('conflict', { detail });
}

const loopback = parseRange('127.0.0.0/8') as AddressRange;

function isWithin(inner: AddressRange, outer: AddressRange): boolean {
  return inner.prefixBits >= outer.prefixBits && rangeContains([outer], { text: '', bytes: inner.bytes });
}

function invalid(message: string): Problem {
  return refuse('invalid_request', { detail: message, errors: [{ pointer: '/subject', message }] });
}
