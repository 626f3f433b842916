import type { AuditEntry } from './audit/entry.ts';
import { type ErrorCode, errorCodes } from './error-codes.ts';
import type { Exchange } from './exchange.ts';
import { uuidv7 } from './ids.ts';
import { maskKeysIn, withoutEscapes } from './masks.ts';

const pathLengthMax = 2048;
const userAgentLengthMax = 512;
const clientRequestIdLengthMax = 128;

/** Query parameters whose values are never recorded. The id of a token that one owns (`token_id`) is no secret. */
const sensitiveParameter =
  /^(?!token_?ids?$)(?:.*(?:token|secret|password|passwd|signature|credential|authorization).*|code|key|api_?key|sig|state)$/i;

/** The audit entry of an answered request (A1). Nothing of the form of a key, no body, no header but the user agent. */
export function requestEntry(
  exchange: Exchange,
  status: number,
  errorCode: string | null,
  nowMs: number,
  durationMs: number,
): AuditEntry {
  const { key, mounted, headers } = exchange;
  const audit = mounted?.route.audit;
  const declared = audit !== undefined && 'action' in audit ? audit : undefined;
  return {
    id: uuidv7(nowMs),
    createdAt: nowMs,
    userId: key?.userId ?? null,
    apiKey: key?.id ?? null,
    method: exchange.method,
    path: recordedPath(exchange.path, exchange.search),
    status,
    durationMs: Math.round(durationMs),
    ip: exchange.clientAddress,
    userAgent: clip(headers.get('user-agent'), userAgentLengthMax),
    requestId: exchange.requestId,
    clientRequestId: clip(headers.get('x-request-id'), clientRequestIdLengthMax),
    service: mounted?.service ?? null,
    environment: key?.caller.environment ?? null,
    action: declared?.action ?? 'request',
    errorCode,
    objectType: declared?.objectType ?? null,
    objectIds: exchange.objectIds?.map(maskKeysIn) ?? null,
    objectCount: exchange.objectCount,
    repeats: 1,
  };
}

/** The entry of what never became a request: a bad request line, headers too large, a timeout (A1). */
export function unparsedEntry(code: ErrorCode, clientAddress: string, nowMs: number): AuditEntry {
  return {
    id: uuidv7(nowMs),
    createdAt: nowMs,
    userId: null,
    apiKey: null,
    method: '-',
    path: '-',
    status: errorCodes[code].status,
    durationMs: 0,
    ip: clientAddress,
    userAgent: null,
    requestId: uuidv7(nowMs),
    clientRequestId: null,
    service: null,
    environment: null,
    action: 'request',
    errorCode: code,
    objectType: null,
    objectIds: null,
    objectCount: 0,
    repeats: 1,
  };
}

/** The path with its query, without the values that may be secrets. */
export function recordedPath(path: string, search: string): string {
  const whole = search === '' ? path : path + search.replaceAll(/([?&])([^=&]*)=([^&]*)/g, withoutSecret);
  return maskKeysIn(whole).slice(0, pathLengthMax);
}

function withoutSecret(whole: string, separator: string, name: string): string {
  return sensitiveParameter.test(name.includes('%') ? withoutEscapes(name) : name)
    ? `${separator}${name}=****`
    : whole;
}

function clip(text: string | null | undefined, lengthMax: number): string | null {
  return typeof text !== 'string' ? null : maskKeysIn(text).slice(0, lengthMax);
}
