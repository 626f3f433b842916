import { decodeLine } from '../journal/decode-line.ts';

/** Requests and errors (status 400 or more) by key id (K11). */
export type KeyCounts = Map<string, { requests: number; errors: number }>;

const tab = 9;
const lineFeed = 10;
const dash = '-'.charCodeAt(0);
const backslash = '\\'.charCodeAt(0);
const capitalN = 'N'.charCodeAt(0);
const four = '4'.charCodeAt(0);

/** Bytes of a key id. None of ours has more, and an index refuses far longer ones. */
const keyIdBytesMax = 256;

/**
 * Adds what the encoded lines of `pieces` hold: every request of a key; not the changes that it made (method `-`).
 * Walks over the tabs before the status and makes one short string a line: shipping hardly gets slower by it (A3).
 */
export function countByKey(pieces: readonly Buffer[], counts: KeyCounts): void {
  for (const piece of pieces) {
    for (let at = 0; at < piece.length; ) {
      const end = piece.indexOf(lineFeed, at) + 1 || piece.length;
      countLine(piece, at, end, counts);
      at = end;
    }
  }
}

export function addToCount(counts: KeyCounts, keyId: string, requests: number, errors: number): void {
  const count = counts.get(keyId);
  if (count === undefined) counts.set(keyId, { requests, errors });
  else {
    count.requests += requests;
    count.errors += errors;
  }
}

/** `created_at id user_id api_key method path status …`, as `entryColumns` has them. */
function countLine(piece: Buffer, from: number, end: number, counts: KeyCounts): void {
  const key = after(piece, after(piece, after(piece, from)));
  if (piece[key] === backslash && piece[key + 1] === capitalN) return;
  const method = after(piece, key);
  const path = after(piece, method);
  if (method - key - 1 > keyIdBytesMax || (piece[method] === dash && path - method === 2)) return;
  const status = after(piece, path);
  const digits = after(piece, status) - status - 1;
  const isError = digits > 3 || (digits === 3 && (piece[status] as number) >= four);
  const text = piece.toString('utf8', key, method - 1);
  const keyId = text.includes('\\') ? decodeLine(piece.toString('utf8', from, end)).api_key : text;
  addToCount(counts, keyId ?? text, 1, isError ? 1 : 0);
}

/** Where the next field begins. A loop, because a call of `indexOf` costs more than the few bytes that it steps over. */
function after(piece: Buffer, from: number): number {
  let at = from;
  while (at < piece.length && piece[at] !== tab) at += 1;
  return at + 1;
}
