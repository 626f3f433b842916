import type { HeaderSource } from '../header-source.ts';
import { addressCharsMax, parseAddress } from './address.ts';
import { type AddressRange, parseRange, rangeComplaint, rangeContains } from './range.ts';
import { remember } from './remember.ts';

export interface ClientAddressOptions {
  /** CIDR ranges or addresses of the proxies in front (`TRUSTED_PROXIES`). None: the socket's peer is the client. */
  readonly trustedProxies: readonly string[];
}

/** What a client is called whose socket has no IP address, such as a Unix socket's. */
export const unknownAddress = 'unknown';

interface Hop {
  readonly text: string;
  readonly isTrusted: boolean;
}

const nowhere: Hop = { text: unknownAddress, isTrusted: false };

/**
 * Makes the function that names a request's client in canonical form (L4). `peer` is the socket's remote address.
 * Only a trusted peer's `X-Forwarded-For` is read, from the right, past trusted proxies, to the first address that
 * no trusted proxy has: whatever stands left of it, the client may have invented. Where the chain ends or breaks,
 * the last proxy that could be trusted is the client. `Forwarded` and `X-Real-IP` are never read.
 * Throws `RangeError` for a malformed range.
 */
export function createClientAddress(
  options: ClientAddressOptions,
): (peer: string, headers: HeaderSource) => string {
  const ranges = options.trustedProxies.map(trustedRange);
  const peerHop = remember(4096, (peer) => hopOf(withoutZone(peer), ranges) ?? nowhere);
  if (ranges.length === 0) return (peer) => peerHop(peer).text;

  const forwardedHop = remember(4096, (entry) => hopOf(withoutPort(entry), ranges) ?? nowhere);
  return (peer, headers) => {
    const socket = peerHop(peer);
    const chain = socket.isTrusted ? headers.get('x-forwarded-for') : undefined;
    return chain ? lastUntrusted(chain, socket, forwardedHop).text : socket.text;
  };
}

function lastUntrusted(chain: string, socket: Hop, hopNamed: (entry: string) => Hop): Hop {
  let nearest = socket;
  let end = chain.length;
  while (end >= 0) {
    const comma = end === 0 ? -1 : chain.lastIndexOf(',', end - 1);
    const entry = chain.slice(comma + 1, end).trim();
    const hop = entry.length > entryCharsMax ? nowhere : hopNamed(entry);
    if (hop === nowhere) return nearest;
    nearest = hop;
    if (!hop.isTrusted) return hop;
    end = comma;
  }
  return nearest;
}

const entryCharsMax = addressCharsMax + '[]:65535'.length;

function hopOf(text: string, ranges: readonly AddressRange[]): Hop | undefined {
  const address = parseAddress(text);
  return address && { text: address.text, isTrusted: rangeContains(ranges, address) };
}

/** The operating system names the interface of a link-local peer: `fe80::1%eth0`. */
function withoutZone(peer: string): string {
  const percent = peer.indexOf('%');
  return percent < 0 ? peer : peer.slice(0, percent);
}

/** Some proxies write the client's port: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function withoutPort(entry: string): string {
  const [, bracketed, dotted, port = '0'] =
    /^(?:\[([^\]]+:[^\]]*)\]|([\d.]+))(?::(\d{1,5}))?$/.exec(entry) ?? [];
  return Number(port) <= 65_535 ? (bracketed ?? dotted ?? entry) : '';
}

function trustedRange(text: string): AddressRange {
  const range = parseRange(text);
  if (range === undefined) throw new RangeError(`trusted proxies: ${rangeComplaint(text)}`);
  return range;
}
