import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isPublicAddress, publicLookup } from './public-address.ts';

export interface WebhookRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Allows receivers on private and loopback addresses. */
  readonly privateAddressesAllowed: boolean;
  readonly signal: AbortSignal;
  /** How long an answer may take, milliseconds. Default 15,000. */
  readonly timeoutMs?: number;
}

export interface WebhookAnswer {
  readonly status: number;
  /** The `Retry-After` as it came. */
  readonly retryAfter: string | undefined;
}

/**
 * Posts a webhook and returns the status of the answer, whose body is not read. A redirect is an answer like another:
 * it is not followed. Throws `TimeoutError` when there is no answer in time, and when the address is not public.
 * Not by `fetch`, which cannot be told how to resolve the name.
 */
export async function sendWebhook({
  url,
  headers,
  body,
  privateAddressesAllowed,
  signal,
  timeoutMs = 15_000,
}: WebhookRequest): Promise<WebhookAnswer> {
  const target = new URL(url);
  if (!privateAddressesAllowed && namesPrivateAddress(target)) throw new Error('the address is not public');
  const send = target.protocol === 'https:' ? httpsRequest : httpRequest;
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  return new Promise((resolve, reject) => {
    const request = send(target, {
      method: 'POST',
      agent: false,
      headers: {
        ...headers,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'user-agent': 'Keyward',
      },
      signal: limit,
      ...(privateAddressesAllowed ? {} : { lookup: publicLookup }),
    });
    // Whatever ends it, Node says only that it was aborted.
    request.once('error', (error) => reject(limit.aborted ? limit.reason : error));
    request.once('response', (response) => {
      resolve({ status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] });
      response.destroy();
    });
    request.end(body);
  });
}

/** Whether the URL names an address that is not public by its number: what stands in the URL itself is never looked up. */
export function namesPrivateAddress({ hostname }: URL): boolean {
  const host = hostname.replace(/^\[|\]$/g, '');
  const isAddress = host.includes(':') || /^[\d.]+$/.test(host);
  return isAddress && !isPublicAddress(host);
}
