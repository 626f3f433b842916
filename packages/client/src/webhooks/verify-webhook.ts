import { now } from '../clock.ts';

/** What a webhook tells. `data` depends on `type`, such as `metadata.updated`. */
export interface WebhookEvent {
  readonly type: string;
  /** When it happened, RFC 3339. */
  readonly timestamp?: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface VerifiedWebhook {
  /** The same at every try of one delivery: whoever has seen it has had the event. */
  readonly id: string;
  readonly sentAt: Date;
  readonly event: WebhookEvent;
}

export interface VerifyWebhookOptions {
  /** How old or early a message may be, seconds. Default 300. */
  readonly toleranceSeconds?: number;
  /** Unix milliseconds. Default the time of this machine. */
  readonly now?: () => number;
}

/** A message that is not from who it says, is too old, or is no event. */
export class InvalidWebhookError extends Error {
  override readonly name = 'InvalidWebhookError';
}

type Key = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

const secretForm = /^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/;
const candidatesMax = 10;

/**
 * Checks a message by Standard Webhooks and reads it. `secrets`: the `whsec_…` of the webhook, or several while one
 * replaces another. `body`: the bytes as they came, not JSON that was read and written again. Throws
 * `InvalidWebhookError`, and `RangeError` for a malformed secret.
 */
export async function verifyWebhook(
  secrets: string | readonly string[],
  headers: Headers | Readonly<Record<string, string | readonly string[] | undefined>>,
  body: string | Uint8Array,
  options: VerifyWebhookOptions = {},
): Promise<VerifiedWebhook> {
  const keys = await Promise.all((typeof secrets === 'string' ? [secrets] : secrets).map(keyOf));
  const [id, timestamp, signature] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) =>
    headerOf(headers, name),
  );
  if (!id || !timestamp || !signature) throw new InvalidWebhookError('a webhook header is missing');
  const sentAtMs = sentAt(timestamp, options);
  const content = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  const prefix = new TextEncoder().encode(`${id}.${timestamp}.`);
  const signed = new Uint8Array(prefix.length + content.length);
  signed.set(prefix);
  signed.set(content, prefix.length);
  if (!(await isSigned(keys, signature, signed))) throw new InvalidWebhookError('no signature fits');
  return { id, sentAt: new Date(sentAtMs), event: readEvent(content) };
}

async function keyOf(secret: string): Promise<Key> {
  if (!secretForm.test(secret)) throw new RangeError('a webhook secret is "whsec_" and base64');
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  return crypto.subtle.importKey('raw', bytesOf(secret.slice(6)), algorithm, false, ['verify']);
}

function headerOf(
  headers: Headers | Readonly<Record<string, string | readonly string[] | undefined>>,
  name: string,
): string | undefined {
  if (headers instanceof Headers) return headers.get(name) ?? undefined;
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
}

/** Old messages may be somebody's recording. */
function sentAt(
  timestamp: string,
  { toleranceSeconds = 300, now: read = now }: VerifyWebhookOptions,
): number {
  const sentAtMs = /^\d{1,12}$/.test(timestamp) ? Number(timestamp) * 1_000 : Number.NaN;
  if (!(Math.abs(read() - sentAtMs) <= toleranceSeconds * 1_000))
    throw new InvalidWebhookError('the message is too old, or from the future');
  return sentAtMs;
}

async function isSigned(
  keys: readonly Key[],
  header: string,
  signed: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  for (const candidate of header.split(' ').slice(0, candidatesMax)) {
    if (!/^v1,[A-Za-z0-9+/]{43}=$/.test(candidate)) continue;
    const signature = bytesOf(candidate.slice(3));
    // Web Crypto compares in constant time.
    for (const key of keys) if (await crypto.subtle.verify('HMAC', key, signature, signed)) return true;
  }
  return false;
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    throw new RangeError('a webhook secret is "whsec_" and base64');
  }
}

function readEvent(content: Uint8Array): WebhookEvent {
  let event: unknown;
  try {
    event = JSON.parse(new TextDecoder().decode(content));
  } catch {
    throw new InvalidWebhookError('the message is not JSON');
  }
  const { type, data } = (event ?? {}) as { type?: unknown; data?: unknown };
  if (typeof type !== 'string' || typeof data !== 'object' || data === null)
    throw new InvalidWebhookError('the message is no event');
  return event as WebhookEvent;
}
