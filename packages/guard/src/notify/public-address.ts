import { type LookupAddress, lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { parseAddress } from '../addresses/address.ts';

/** Whether the whole internet can reach the address: not private, loopback, link-local, multicast, translated, reserved. */
export function isPublicAddress(text: string): boolean {
  const address = parseAddress(text);
  if (address === undefined || ipaddr.parse(address.text).range() !== 'unicast') return false;
  // Of IPv6 nothing but 2000::/3 is given out; `::127.0.0.1` is outside of it (RFC 4291, 2.5.5.1).
  return address.bytes.length === 4 || ((address.bytes[0] ?? 0) & 0xe0) === 0x20;
}

/**
 * Resolves names to public addresses alone. Given to the connection itself, so that the address which was looked at is
 * the one that is used, however the name answers the next time (OWASP SSRF, DNS rebinding).
 */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  systemLookup(hostname, { ...options, all: true }, (error, found: LookupAddress[]) => {
    if (error) return callback(error, '');
    const addresses = found.filter(({ address }) => isPublicAddress(address));
    const [first] = addresses;
    if (first === undefined) return callback(new Error('the name has no public address'), '');
    if (options.all) callback(null, addresses);
    else callback(null, first.address, first.family);
  });
};
