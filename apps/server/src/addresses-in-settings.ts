import { isMailbox } from '@keyward/guard';

/** A URL of one of these protocols. */
export function url(
  name: string,
  text: string | undefined,
  protocols: readonly string[],
  problems: string[],
): string | undefined {
  if (text === undefined) return undefined;
  // The value may hold a password: it is never repeated in the message.
  if (!URL.canParse(text) || !protocols.includes(new URL(text).protocol)) {
    problems.push(
      `${name} must be a URL that begins ${protocols.map((protocol) => `${protocol}//`).join(' or ')}.`,
    );
  }
  return text;
}

/** The origin under which callers reach this product. */
export function publicUrl(
  text: string | undefined,
  { host, port }: { host: string; port: string },
  problems: string[],
): string {
  if (text === undefined) return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const origin = /^https?:/.test(text) ? URL.parse(text)?.origin : undefined;
  // A path would be left out of links silently, and a password would be in every mail.
  if (origin === undefined || text.replace(/\/$/, '') !== origin)
    problems.push('PUBLIC_URL must be an origin, such as https://keys.example.com.');
  return origin ?? text;
}

/** By http anybody on the way could put keys of their own in place of those that are fetched. */
export function httpsOrLoopback(name: string, text: string, problems: string[]): string {
  const { protocol, hostname } = URL.parse(text) ?? { protocol: '', hostname: '' };
  const isLoopback = hostname === 'localhost' || hostname === '[::1]' || /^127\.[\d.]+$/.test(hostname);
  if (protocol !== 'https:' && !(protocol === 'http:' && isLoopback))
    problems.push(`${name} must be a URL that begins https://; http:// for this machine alone.`);
  return text;
}

/** One e-mail address. */
export function mailbox(name: string, text: string | undefined, problems: string[]): string | undefined {
  if (text !== undefined && !isMailbox(text))
    problems.push(`${name} must be one e-mail address, such as security@example.com.`);
  return text;
}
