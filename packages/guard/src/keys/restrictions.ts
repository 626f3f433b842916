import { rangeContains } from '../addresses/range.ts';
import { type Problem, refuse } from '../reply.ts';
import type { VerifiedKey } from './verified-key.ts';

const wrongAddress = refuse('address_not_allowed', {
  detail: 'This API key may not be used from this address.',
});
const wrongOrigin = refuse('origin_not_allowed', {
  detail: 'This API key may not be used from this origin.',
});

/**
 * The restrictions of a living key, in their fixed order (K6): address, then origin. Expiry came before, with the key;
 * scopes and limits come after, so that a request refused here has spent nothing.
 * A key bound to origins refuses a request without one: the header is then missing, not harmless.
 */
export function checkRestrictions(
  key: VerifiedKey,
  clientAddress: string,
  origin: string | null,
): Problem | undefined {
  if (key.allowedRanges !== undefined && !rangeContains(key.allowedRanges, clientAddress))
    return wrongAddress;
  if (key.allowedOrigins !== undefined && (origin === null || !key.allowedOrigins.has(origin)))
    return wrongOrigin;
  return undefined;
}
