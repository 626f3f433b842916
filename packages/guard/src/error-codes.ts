/**
 * Every public error code: its HTTP status, its title (the same for every occurrence) and what to do about it.
 * Clients branch on the code; titles and details are for people and may be reworded.
 */
export const errorCodes = {
  malformed_request: { status: 400, title: 'Malformed request', remedy: 'Send a well-formed HTTP request.' },
  malformed_json: {
    status: 400,
    title: 'Malformed JSON',
    remedy: 'Send one valid JSON value (RFC 8259) without duplicate keys.',
  },
  invalid_path: {
    status: 400,
    title: 'Invalid path',
    remedy: 'Use the path as documented: no empty, dot or encoded-slash segments.',
  },
  invalid_request: { status: 422, title: 'Invalid request', remedy: 'Correct the fields named in "errors".' },
  key_in_url: {
    status: 400,
    title: 'API key in the URL',
    remedy: 'Send the key in the Authorization or X-API-Key header; replace the key, since URLs are logged.',
  },
  conflicting_credentials: {
    status: 400,
    title: 'Conflicting credentials',
    remedy: 'Send one key, in one header.',
  },
  missing_credentials: {
    status: 401,
    title: 'Missing credentials',
    remedy: 'Send "Authorization: Bearer <key>" or "X-API-Key: <key>".',
  },
  unsupported_scheme: {
    status: 401,
    title: 'Unsupported authorization scheme',
    remedy: 'Use the Bearer scheme.',
  },
  invalid_key: {
    status: 401,
    title: 'Invalid API key',
    remedy: 'Check the key for typing errors, or create a new one.',
  },
  invalid_signature: {
    status: 401,
    title: 'Invalid signature',
    remedy: 'Sign the body exactly as it is sent, with a key that its sender publishes.',
  },
  expired_key: { status: 401, title: 'Expired API key', remedy: 'Create a new key.' },
  revoked_key: { status: 401, title: 'Revoked API key', remedy: 'Create a new key.' },
  budget_spent: {
    status: 402,
    title: 'Budget spent',
    remedy:
      'A hard budget has no room for the call: send a smaller one, wait for the next period, or raise the limit.',
  },
  unpriced_model: {
    status: 422,
    title: 'Model without a price',
    remedy: 'Under a hard budget only models with a known price can be called; the operator can set one.',
  },
  uses_spent: {
    status: 403,
    title: 'Uses spent',
    remedy: 'The key has a maximum of uses; use another key, or ask the operator to raise it.',
  },
  blocked: {
    status: 403,
    title: 'Address blocked',
    remedy: 'Wait for Retry-After seconds; without that header, ask the operator to lift the block.',
  },
  address_not_allowed: {
    status: 403,
    title: 'Address not allowed for this key',
    remedy: "Call from an address on the key's allow-list, or change the list.",
  },
  origin_not_allowed: {
    status: 403,
    title: 'Origin not allowed for this key',
    remedy: "Call from an origin on the key's list, or change the list.",
  },
  missing_scope: {
    status: 403,
    title: 'Missing scope',
    remedy: 'Use a key with the scope named in "detail".',
  },
  insufficient_permissions: {
    status: 403,
    title: 'Insufficient permissions',
    remedy: 'Ask somebody with the role named in "detail".',
  },
  not_found: {
    status: 404,
    title: 'Not found',
    remedy: 'Check the path and the id; objects of other owners answer the same.',
  },
  method_not_allowed: {
    status: 405,
    title: 'Method not allowed',
    remedy: 'Use a method named in the Allow header.',
  },
  request_timeout: { status: 408, title: 'Request timeout', remedy: 'Send the whole request sooner.' },
  conflict: {
    status: 409,
    title: 'Conflict',
    remedy: 'Read the object again and repeat the change on its newest version.',
  },
  idempotency_conflict: {
    status: 422,
    title: 'Idempotency key reused',
    remedy: 'Use a new Idempotency-Key for different content.',
  },
  event_conflict: {
    status: 409,
    title: 'Event id reused',
    remedy: 'Use a new event_id for different content.',
  },
  claim_used: {
    status: 410,
    title: 'Claim used',
    remedy: 'Each key of a claim is made once. If it was not you, revoke the key and tell the operator.',
  },
  claim_expired: {
    status: 410,
    title: 'Claim expired',
    remedy: 'Ask the operator for a new key.',
  },
  precondition_failed: {
    status: 412,
    title: 'Precondition failed',
    remedy: 'Read the object again; its ETag has changed.',
  },
  body_too_large: { status: 413, title: 'Body too large', remedy: 'Send less at once.' },
  file_too_large: { status: 413, title: 'File too large', remedy: 'Send a file of at most 50 MiB.' },
  quota_exceeded: {
    status: 413,
    title: 'Quota exceeded',
    remedy: 'Delete files, or ask the operator for more room.',
  },
  unsupported_media_type: {
    status: 415,
    title: 'Unsupported media type',
    remedy: 'Send the Content-Type that the route documents.',
  },
  invalid_file_type: {
    status: 415,
    title: 'Invalid file type',
    remedy: 'Send a whole PNG, JPEG, GIF or WebP image, or an MP4 or WebM video.',
  },
  range_not_satisfiable: {
    status: 416,
    title: 'Range not satisfiable',
    remedy: 'Ask for a range within the file.',
  },
  rate_limited: { status: 429, title: 'Too many requests', remedy: 'Wait for Retry-After seconds.' },
  too_many_attempts: {
    status: 429,
    title: 'Too many attempts',
    remedy: 'Wait for Retry-After seconds; use the right key.',
  },
  checksum_mismatch: {
    status: 460,
    title: 'Checksum mismatch',
    remedy: 'Send the chunk again; what arrived was not kept.',
  },
  headers_too_large: { status: 431, title: 'Headers too large', remedy: 'Send fewer or shorter headers.' },
  internal_error: {
    status: 500,
    title: 'Internal error',
    remedy: 'Try again; quote request_id to the operator if it stays.',
  },
  storage_full: {
    status: 503,
    title: 'Storage full',
    remedy: 'Try again later; the operator has to make room. Reads go on.',
  },
  too_many_providers: {
    status: 409,
    title: 'Too many provider accounts',
    remedy: 'Remove an account that is no longer used (DELETE /v1/providers/:id).',
  },
  provider_not_connected: {
    status: 409,
    title: 'No account at this provider',
    remedy: 'Connect one with POST /v1/providers; live and test keys have accounts of their own.',
  },
  provider_refused: {
    status: 403,
    title: 'Provider address not allowed',
    remedy:
      'Ask the operator: PROVIDER_BASE_URLS lists what calls may reach, PROVIDERS_FOR_TEST_KEYS whether test keys may pay.',
  },
  provider_unavailable: {
    status: 502,
    title: 'Provider unavailable',
    remedy: 'Try again; the provider could not be reached or broke off before it answered.',
  },
  provider_timeout: {
    status: 504,
    title: 'Provider timed out',
    remedy: 'Try again, or stream the answer; the provider was silent for ten minutes.',
  },
  pinning_unavailable: {
    status: 409,
    title: 'Pinning unavailable',
    remedy: 'Ask the operator to set up a provider (PINATA_JWT or PINNING_SERVICE_URL); use a live key.',
  },
  overloaded: { status: 503, title: 'Overloaded', remedy: 'Try again after Retry-After seconds.' },
  database_unavailable: {
    status: 503,
    title: 'Database unavailable',
    remedy:
      'Try again after Retry-After seconds. A change may have been made: repeat it with the same event_id or Idempotency-Key.',
  },
  key_store_unavailable: {
    status: 503,
    title: 'Key store unavailable',
    remedy: 'Try again after Retry-After seconds.',
  },
  report_keys_unavailable: {
    status: 503,
    title: 'Keys of the reporter unavailable',
    remedy: 'Try again after Retry-After seconds.',
  },
  limit_store_unavailable: {
    status: 503,
    title: 'Limit store unavailable',
    remedy: 'Try again after Retry-After seconds.',
  },
  audit_unavailable: {
    status: 503,
    title: 'Audit log unavailable',
    remedy: 'Try again after Retry-After seconds.',
  },
} as const satisfies Record<string, { status: number; title: string; remedy: string }>;

export type ErrorCode = keyof typeof errorCodes;
