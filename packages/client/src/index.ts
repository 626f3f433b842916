export {
  type Answer,
  type ClientOptions,
  createClient,
  type KeywardClient,
  type RequestOptions,
} from './client.ts';
export { type FieldError, KeywardError } from './keyward-error.ts';
export { type RateLimit, readRateLimit } from './rate-limit.ts';
export { InvalidReceiptError, type Receipt } from './receipts/receipt.ts';
export { type ProvenEntry, verifyReceipt } from './receipts/verify-receipt.ts';
export {
  InvalidWebhookError,
  type VerifiedWebhook,
  type VerifyWebhookOptions,
  verifyWebhook,
  type WebhookEvent,
} from './webhooks/verify-webhook.ts';
