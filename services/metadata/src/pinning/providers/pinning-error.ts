/** What can go wrong between us and a provider; each has its own way on (`back-off.ts`). */
export const pinningFaults = [
  'rate_limited',
  'provider_unavailable',
  'provider_answer',
  'credentials_refused',
  'plan_limit',
  'content_refused',
  'upload_lost',
  'provider_failed',
  'content_unreadable',
] as const;
export type PinningFault = (typeof pinningFaults)[number];

/** A provider did not do what it was asked. `message` is safe to show: secrets of the provider are taken out. */
export class PinningError extends Error {
  override readonly name = 'PinningError';
  readonly fault: PinningFault;
  /** How long the provider asks to be left alone. */
  readonly retryAfterMs: number | undefined;
  constructor(fault: PinningFault, message: string, retryAfterMs?: number) {
    super(message);
    this.fault = fault;
    this.retryAfterMs = retryAfterMs;
  }
}
