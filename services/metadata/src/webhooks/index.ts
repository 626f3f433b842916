export { deliverWebhooks } from './deliver/deliver-webhooks.ts';
export { webhookHandlers } from './webhook-handlers.ts';
export { webhookSecretsOf } from './webhook-secrets.ts';
