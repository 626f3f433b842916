import { isIP } from 'node:net';
import { addressGroup } from '../../addresses/address-group.ts';
import { entryColumns } from '../journal/encode-entry.ts';

/** Requests without a valid key of one address group in one minute, in the order of the journal. */
export interface KeylessMinute {
  /** Whole minutes since 1970. */
  readonly minute: number;
  readonly addressGroup: string;
  readonly lines: KeylessLine[];
}

/** Which piece of a batch a line stands in, and where: from `start` to `end`, with its line feed. */
export interface KeylessLine {
  readonly piece: number;
  readonly start: number;
  readonly end: number;
  /** What is summed apart: the error code, and of what was not refused the status. */
  readonly code: string;
}

const tab = 9;
const lineFeed = 10;
const neitherUserNorKey = Buffer.from('\\N\t\\N\t');

/** Where `user_id` begins: after a moment of 24 characters and an id of 36. */
const userColumn = 62;

/** Longer lines are no ordinary requests: they stay rows of their own. */
const lineBytesMax = 32 * 1024;

/** What the database's integer holds: the year 6053. */
const minuteMax = 2 ** 31 - 1;

/**
 * The lines of `pieces` that may be summed (A1), by minute and address group: requests without a valid key, and what
 * never became a request. Not those of a person or a key, not changes, not what has no address.
 */
export function keylessLines(pieces: readonly Buffer[]): Map<string, KeylessMinute> {
  const found = new Map<string, KeylessMinute>();
  pieces.forEach((bytes, piece) => {
    for (let start = 0; start < bytes.length; ) {
      const end = bytes.indexOf(lineFeed, start) + 1 || bytes.length;
      if (namesNobody(bytes, start)) addLine(found, bytes, piece, start, end);
      start = end;
    }
  });
  return found;
}

// Looks at few bytes, because nearly all lines of a busy node are of keys.
function namesNobody(bytes: Buffer, start: number): boolean {
  let at = start + userColumn;
  if (bytes[start + 24] !== tab || bytes[at - 1] !== tab) {
    const id = bytes.indexOf(tab, start) + 1;
    at = bytes.indexOf(tab, id) + 1;
  }
  for (let i = 0; i < neitherUserNorKey.length; i += 1) {
    if (bytes[at + i] !== neitherUserNorKey[i]) return false;
  }
  return true;
}

function addLine(
  found: Map<string, KeylessMinute>,
  bytes: Buffer,
  piece: number,
  start: number,
  end: number,
): void {
  if (end - start > lineBytesMax) return;
  findColumns(bytes, start, end);
  const ip = column(bytes, columns.ip);
  if (isIP(ip) === 0 || !isPlain(bytes)) return;
  const minute = minuteOf(column(bytes, columns.created_at));
  if (!(minute <= minuteMax)) return;
  const group = addressGroup(ip);
  const key = `${minute} ${group}`;
  const code = `${column(bytes, columns.status)} ${column(bytes, columns.error_code)}`;
  const line = { piece, start, end, code };
  const known = found.get(key);
  if (known === undefined) found.set(key, { minute, addressGroup: group, lines: [line] });
  else known.lines.push(line);
}

const columns = Object.fromEntries(entryColumns.map((name, at) => [name, at])) as Record<
  (typeof entryColumns)[number],
  number
>;

/** Where the columns of the line at hand begin, and where one behind the last would: one list for all lines. */
const starts = new Int32Array(entryColumns.length + 1);

function findColumns(bytes: Buffer, start: number, end: number): void {
  starts.fill(end);
  starts[0] = start;
  let found = 1;
  for (let at = start; at < end && found < entryColumns.length; at += 1) {
    if (bytes[at] === tab) starts[found++] = at + 1;
  }
}

function column(bytes: Buffer, at: number): string {
  return bytes.toString('latin1', starts[at], (starts[at + 1] ?? 0) - 1);
}

const dash = '-'.charCodeAt(0);
const five = '5'.charCodeAt(0);
const one = Buffer.from('1');
const sqlNull = Buffer.from('\\N');

/** Without making a text of it: this is asked of every line. */
function isColumn(bytes: Buffer, at: number, text: Buffer): boolean {
  const start = starts[at] ?? 0;
  if ((starts[at + 1] ?? 0) - 1 - start !== text.length) return false;
  for (let i = 0; i < text.length; i += 1) if (bytes[start + i] !== text[i]) return false;
  return true;
}

/**
 * No change that somebody made, nothing that says more than the columns of a sum do. And nothing that failed on our
 * side: while keys cannot be verified nobody knows who had a valid one.
 */
function isPlain(bytes: Buffer): boolean {
  if (bytes[starts[columns.status] ?? 0] === five) return false;
  const isRequest =
    bytes[starts[columns.method] ?? 0] !== dash || column(bytes, columns.action) === 'request';
  return (
    isRequest &&
    isColumn(bytes, columns.repeats, one) &&
    isColumn(bytes, columns.before, sqlNull) &&
    isColumn(bytes, columns.after, sqlNull)
  );
}

let minuteInText = '';
let minuteOfText = 0;

function minuteOf(createdAt: string): number {
  if (minuteInText === '' || !createdAt.startsWith(minuteInText)) {
    minuteInText = createdAt.slice(0, 16);
    minuteOfText = Date.parse(`${minuteInText}Z`) / 60_000;
  }
  return minuteOfText;
}
