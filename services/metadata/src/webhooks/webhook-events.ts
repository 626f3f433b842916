/** What an endpoint can ask for (N7). Triggers in the migrations write them, in the transaction of the change. */
export const webhookEvents = [
  'metadata.created',
  'metadata.updated',
  'metadata.deleted',
  'metadata.restored',
  'metadata.frozen',
  'collection.published',
  'collection.frozen',
  'collection.deleted',
  'collection.restored',
  'media.created',
  'media.deleted',
  'pin.pinned',
  'pin.failed',
] as const;

/** What is sent when somebody tries an endpoint, whatever that asks for. */
export const testEvent = 'webhook.test';
