import { namesPrivateAddress, type Problem, refuse } from '@keyward/guard';

/**
 * Why no events may go to a URL: not https, with user info or a fragment, or to an address that is not public (OWASP SSRF).
 * What a name leads to is judged at every delivery, by the address that is then used.
 */
export function endpointUrlRefusal(text: string, privateAddressesAllowed: boolean): Problem | undefined {
  const url = URL.parse(text);
  const wrong = (message: string) => refuse('invalid_request', { errors: [{ pointer: '/url', message }] });
  if (url === null) return wrong('must be a URL');
  const protocols = privateAddressesAllowed ? ['https:', 'http:'] : ['https:'];
  if (!protocols.includes(url.protocol)) return wrong('must begin with https://');
  if (url.username !== '' || url.password !== '' || url.hash !== '')
    return wrong('must not hold user info or a fragment');
  if (privateAddressesAllowed) return undefined;
  if (namesPrivateAddress(url) || isLocalName(url.hostname)) return wrong('must lead to a public address');
  return undefined;
}

/** Names that lead nowhere else than to a machine or network of one's own (RFC 6761, RFC 6762, RFC 8375). */
function isLocalName(hostname: string): boolean {
  const name = hostname.replace(/\.$/, '');
  return /(^|\.)(localhost|local|internal|home\.arpa)$/.test(name) || !/[.:]/.test(name);
}
