import { decodeLine } from '../journal/decode-line.ts';
import type { KeylessLine, KeylessMinute } from './keyless-lines.ts';

/** Rows of one address group in one minute; what is beyond is summed (A1). */
export const keylessRowsMax = 60;

/** What is kept of the first and of the last request of a sum. */
export interface SummedRequest {
  readonly method: string;
  readonly path: string;
  readonly request_id: string;
  readonly duration_ms: number;
  readonly user_agent: string | null;
  readonly client_request_id: string | null;
  readonly service: string | null;
  readonly action: string;
}

/** Requests of one address group, minute and code that become no rows of their own. */
export interface BatchSum {
  readonly minute: number;
  readonly addressGroup: string;
  readonly code: string;
  readonly status: number;
  readonly repeats: number;
  readonly firstAt: string;
  readonly lastAt: string;
  readonly first: SummedRequest;
  readonly last: SummedRequest;
}

export interface SummedBatch {
  /** What is left to become rows. */
  readonly pieces: readonly Buffer[];
  /** In the order of their keys, which is the same for all who write them. */
  readonly sums: readonly BatchSum[];
}

/**
 * Takes out of a batch what is beyond 60 rows of an address group in a minute (A1). `requestsBefore`: how many such
 * requests there were before this batch, by the keys of `keyless`; a group that has not made more than 60 is not in it. Holds as many sums as the batch has entries at most.
 */
export function sumBatch(
  pieces: readonly Buffer[],
  keyless: ReadonlyMap<string, KeylessMinute>,
  requestsBefore: ReadonlyMap<string, number>,
): SummedBatch {
  const beyond: KeylessLine[] = [];
  const sums: BatchSum[] = [];
  for (const [key, minute] of keyless) {
    const before = requestsBefore.get(key);
    if (before === undefined) continue;
    const rows = Math.max(keylessRowsMax - before, 0);
    const summed = minute.lines.slice(rows);
    for (const line of summed) beyond.push(line);
    sums.push(...sumByCode(pieces, minute, summed));
  }
  if (beyond.length === 0) return { pieces, sums };
  return { pieces: withoutLines(pieces, beyond), sums: sums.sort(byKey) };
}

/** The pieces without these lines. Views, not copies. */
export function withoutLines(pieces: readonly Buffer[], lines: readonly KeylessLine[]): Buffer[] {
  const byPiece = Map.groupBy(lines, (line) => line.piece);
  return pieces.flatMap((bytes, piece) => {
    const taken = byPiece.get(piece);
    if (taken === undefined) return [bytes];
    const kept: Buffer[] = [];
    let at = 0;
    for (const { start, end } of taken.sort((a, b) => a.start - b.start)) {
      if (start > at) kept.push(bytes.subarray(at, start));
      at = end;
    }
    if (at < bytes.length) kept.push(bytes.subarray(at));
    return kept;
  });
}

function sumByCode(
  pieces: readonly Buffer[],
  { minute, addressGroup }: KeylessMinute,
  lines: readonly KeylessLine[],
): BatchSum[] {
  return [...Map.groupBy(lines, (line) => line.code).values()].flatMap((same) => {
    const [first] = same;
    const last = same.at(-1);
    if (first === undefined || last === undefined) return [];
    const at = fieldsOf(pieces, first);
    const until = fieldsOf(pieces, last);
    return [
      {
        minute,
        addressGroup,
        code: at.error_code ?? '',
        status: Number(at.status),
        repeats: same.length,
        firstAt: at.created_at ?? '',
        lastAt: until.created_at ?? '',
        first: describe(at),
        last: describe(until),
      },
    ];
  });
}

type Fields = ReturnType<typeof decodeLine>;

function fieldsOf(pieces: readonly Buffer[], { piece, start, end }: KeylessLine): Fields {
  return decodeLine(pieces[piece]?.toString('utf8', start, end) ?? '');
}

function describe(line: Fields): SummedRequest {
  return {
    method: line.method ?? '',
    path: line.path ?? '',
    request_id: line.request_id ?? '',
    duration_ms: Number(line.duration_ms),
    user_agent: line.user_agent,
    client_request_id: line.client_request_id,
    service: line.service,
    action: line.action ?? '',
  };
}

// Plain characters, as the database's collation "C" has them.
function byKey(a: BatchSum, b: BatchSum): number {
  if (a.minute !== b.minute) return a.minute - b.minute;
  if (a.addressGroup !== b.addressGroup) return a.addressGroup < b.addressGroup ? -1 : 1;
  if (a.code !== b.code) return a.code < b.code ? -1 : 1;
  return a.status - b.status;
}
