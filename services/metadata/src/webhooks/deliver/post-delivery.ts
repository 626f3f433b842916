import { type Clock, maskSecretsIn, retryAfterMs, sendWebhook, signWebhook } from '@keyward/guard';
import type { WebhookDeps } from '../webhook-deps.ts';
import { secretsOf } from '../webhook-secrets.ts';
import type { DeliveryRow, WebhookRow } from '../webhook-tables.ts';

/** What became of one attempt. `gone`: the receiver wants no more (Standard Webhooks: 410). */
export interface Attempt {
  readonly outcome: 'delivered' | 'retry' | 'gone';
  readonly status: number | null;
  /** For the owner to read. */
  readonly error: string | null;
  readonly retryAfterMs: number | undefined;
}

/** Signs and posts a delivery. */
export async function postDelivery(
  deps: WebhookDeps,
  { id: endpointId, url }: WebhookRow,
  { id, body }: DeliveryRow,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<Attempt> {
  try {
    const secrets = await secretsOf({ ...deps, clock }, endpointId);
    const { status, retryAfter } = await sendWebhook({
      ...{ url, body, signal },
      headers: signWebhook(secrets, id, clock.now(), body),
      privateAddressesAllowed: deps.privateAddressesAllowed,
    });
    if (status >= 200 && status < 300)
      return { outcome: 'delivered', status, error: null, retryAfterMs: undefined };
    const waitMs = retryAfterMs(retryAfter, clock.now());
    const error = `the receiver answered ${status}`;
    return { outcome: status === 410 ? 'gone' : 'retry', status, error, retryAfterMs: waitMs };
  } catch (error) {
    return { outcome: 'retry', status: null, error: messageOf(error), retryAfterMs: undefined };
  }
}

/** The code where there is one: messages name addresses, which tell of our network. */
function messageOf(error: unknown): string {
  const { code, name, message } = error as { code?: unknown; name?: string; message?: unknown };
  if (name === 'TimeoutError') return 'the receiver did not answer in time';
  if (typeof code === 'string') return `the receiver could not be reached: ${code}`;
  return maskSecretsIn(String(message ?? error)).slice(0, 200);
}
