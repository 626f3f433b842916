import { isIPv4, isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';

export interface Address {
  /** Canonical: dotted decimal, or RFC 5952 for IPv6. */
  readonly text: string;
  /** 4 or 16 bytes, most significant first. */
  readonly bytes: Uint8Array;
}

/** No address is longer; what is longer is not looked at. */
export const addressCharsMax = 45;

/**
 * Reads an IP address. IPv6 in any RFC 4291 spelling; IPv4-mapped IPv6 becomes the IPv4 address it stands for.
 * Undefined for all else: short, octal and hexadecimal IPv4, zone ids, brackets, ports, surrounding space.
 */
export function parseAddress(text: string): Address | undefined {
  if (text.length > addressCharsMax) return undefined;
  if (isIPv4(text)) return { text, bytes: bytesOfDotted(text) };
  if (!isIPv6(text) || text.includes('%')) return undefined;
  const address = ipaddr.IPv6.parse(withoutDottedTail(text));
  const bytes = Uint8Array.from(address.toByteArray());
  if (!isMapped(bytes)) return { text: address.toRFC5952String(), bytes };
  const tail = bytes.slice(12);
  return { text: tail.join('.'), bytes: tail };
}

const dot = '.'.charCodeAt(0);
const zero = '0'.charCodeAt(0);

// By hand: a flood comes from ever new addresses, and splitting and converting takes four times as long (P9).
function bytesOfDotted(text: string): Uint8Array {
  const bytes = new Uint8Array(4);
  let part = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === dot) part += 1;
    else bytes[part] = (bytes[part] ?? 0) * 10 + code - zero;
  }
  return bytes;
}

/** ipaddr.js takes `::1.2.3.4` for `::ffff:1.2.3.4`; in hexadecimal there is nothing to mistake. */
function withoutDottedTail(text: string): string {
  if (!text.includes('.')) return text;
  const start = text.lastIndexOf(':') + 1;
  const [a = 0, b = 0, c = 0, d = 0] = text.slice(start).split('.').map(Number);
  return `${text.slice(0, start)}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}

function isMapped(bytes: Uint8Array): boolean {
  return bytes[10] === 0xff && bytes[11] === 0xff && bytes.subarray(0, 10).every((byte) => byte === 0);
}
