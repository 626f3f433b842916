/** The fields of an entry that stand in its leaf as they are, in their order. */
export const openColumns = [
  'created_at',
  'id',
  'user_id',
  'api_key',
  'method',
  'path',
  'status',
  'duration_ms',
  'request_id',
  'client_request_id',
  'service',
  'environment',
  'action',
  'error_code',
  'object_type',
  'object_ids',
  'object_count',
  'repeats',
];

/** The fields that stand in the leaf as one salted commitment. */
export const personalColumns = ['ip', 'user_agent', 'before', 'after'];
