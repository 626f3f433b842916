import { type Address, parseAddress } from './address.ts';

/** All addresses that share the first `prefixBits` bits of `bytes`; the others are zero. */
export interface AddressRange {
  /** Canonical CIDR: `10.0.0.0/8`, `2001:db8::/32`, `192.0.2.1/32`. */
  readonly text: string;
  readonly bytes: Uint8Array;
  readonly prefixBits: number;
}

/**
 * Reads a CIDR range or a single address. Undefined when malformed, also when bits are set beyond the prefix:
 * whoever wrote `10.0.0.1/8` meant one of two different things. `rangeComplaint` says what is wrong.
 * A range of IPv4-mapped addresses becomes the IPv4 range it stands for.
 */
export function parseRange(text: string): AddressRange | undefined {
  const range = readRange(text);
  return typeof range === 'string' ? undefined : range;
}

/** What is wrong with a range, as a public sentence; undefined when nothing is. */
export function rangeComplaint(text: string): string | undefined {
  const range = readRange(text);
  return typeof range === 'string' ? `${JSON.stringify(text.slice(0, 64))} ${range}` : undefined;
}

/** Whether any of the ranges holds the address. IPv4 and IPv6 never hold each other; no address is in none. */
export function rangeContains(ranges: readonly AddressRange[], address: Address | string): boolean {
  const parsed = typeof address === 'string' ? parseAddress(address) : address;
  if (parsed === undefined) return false;
  for (const range of ranges) {
    if (range.bytes.length === parsed.bytes.length && sharesPrefix(range, parsed.bytes)) return true;
  }
  return false;
}

function readRange(text: string): AddressRange | string {
  const slash = text.indexOf('/');
  const written = slash < 0 ? text : text.slice(0, slash);
  const address = parseAddress(written);
  if (address === undefined) return 'is no IP address or CIDR range.';
  const bitsMax = address.bytes.length * 8;
  if (slash < 0) return { text: `${address.text}/${bitsMax}`, bytes: address.bytes, prefixBits: bitsMax };

  const mappedBits = written.includes(':') && bitsMax === 32 ? 96 : 0;
  const prefixText = text.slice(slash + 1);
  const prefixBits = Number(prefixText) - mappedBits;
  if (!/^(0|[1-9]\d{0,2})$/.test(prefixText) || prefixBits < 0 || prefixBits > bitsMax) {
    return `must end in a prefix length of ${mappedBits} to ${bitsMax + mappedBits}.`;
  }
  const network = address.bytes.map((byte, at) => byte & maskOf(prefixBits, at));
  if (network.some((byte, at) => byte !== address.bytes[at])) {
    return `has bits set beyond its prefix of ${prefixText}: write the network's own address, or a single one.`;
  }
  return { text: `${address.text}/${prefixBits}`, bytes: address.bytes, prefixBits };
}

function sharesPrefix({ bytes, prefixBits }: AddressRange, address: Uint8Array): boolean {
  for (let at = 0; at * 8 < prefixBits; at++) {
    const difference = (bytes[at] as number) ^ (address[at] as number);
    if ((difference & maskOf(prefixBits, at)) !== 0) return false;
  }
  return true;
}

/** The bits of byte `at` that belong to the prefix. */
function maskOf(prefixBits: number, at: number): number {
  const bits = Math.min(8, Math.max(0, prefixBits - at * 8));
  return 0xff & (0xff00 >> bits);
}
