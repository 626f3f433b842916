import { addressCharsMax, parseAddress } from './address.ts';
import { parseRange, rangeContains } from './range.ts';
import { remember } from './remember.ts';

const rememberedGroup = remember(4096, groupOf);

/**
 * Whom an address is counted with (L4): an IPv4 address, also a mapped one, by itself; IPv6 with its /64,
 * since one subscriber holds all of it: `2001:db8:0:1::/64`. What is no address is a group of its own.
 */
export function addressGroup(address: string): string {
  if (!address.includes(':') || address.length > addressCharsMax) return address;
  return rememberedGroup(address);
}

function groupOf(text: string): string {
  const address = parseAddress(text);
  if (address === undefined) return text;
  if (address.bytes.length === 4) return address.text;
  const network = Array.from({ length: 4 }, (_, i) => text16(address.bytes, i)).join(':');
  return `${parseAddress(`${network}::`)?.text}/64`;
}

function text16(bytes: Uint8Array, i: number): string {
  return (((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0)).toString(16);
}

const loopback = ['127.0.0.0/8', '::1'].flatMap((text) => parseRange(text) ?? []);

const rememberedLoopback = remember(4096, (text) => rangeContains(loopback, text));

/** Whether the address is this machine's own, which is never limited or blocked by address (L4). */
export function isLoopback(address: string): boolean {
  // Nearly all are IPv4 and are told at a glance; a flood of them would only fill what is remembered (P9).
  if (!address.includes(':') && !address.startsWith('127.')) return false;
  return address.length <= addressCharsMax && rememberedLoopback(address);
}
