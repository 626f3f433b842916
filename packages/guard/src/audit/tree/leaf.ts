import { hash } from 'node:crypto';

/**
 * The columns of a row that stand in its leaf as they are, in their order. With `personalColumns` after them they are
 * what `COPY (SELECT …) TO STDOUT` is asked for, in a session with TimeZone UTC and DateStyle ISO.
 */
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
] as const;

/** The columns that stand in the leaf as one salted commitment, so that they can be erased (A5). */
export const personalColumns = ['ip', 'user_agent', 'before', 'after'] as const;

export const hashBytes = 32;
export const saltBytes = 16;

const leafPrefix = Buffer.from([0x00]);
const tab = Buffer.from('\t');

/**
 * What a leaf says of the personal fields: SHA-256(salt ‖ the fields in COPY's text form, separated by tabs). Whoever
 * has no salt can test no guess: an address alone would be found among 2^32.
 */
export function commitmentTo(personal: Uint8Array, salt: Uint8Array): Buffer {
  return hash('sha256', Buffer.concat([salt, personal]), 'buffer');
}

/** The leaf (RFC 6962, 2.1): SHA-256(0x00 ‖ the open fields in COPY's text form ‖ tab ‖ commitment). */
export function leafHash(open: Uint8Array, commitment: Uint8Array): Buffer {
  return hash('sha256', Buffer.concat([leafPrefix, open, tab, commitment]), 'buffer');
}
