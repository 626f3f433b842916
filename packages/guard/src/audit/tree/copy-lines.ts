import type { ClientBase } from 'pg';
import { to as copyTo } from 'pg-copy-streams';

/** The lines that `COPY … TO STDOUT` sends in its text form, without their line feeds. Views that last until the next one. */
export async function* copyLines(client: ClientBase, statement: string): AsyncGenerator<Buffer[]> {
  let rest: Buffer | undefined;
  for await (const chunk of client.query(
    copyTo(statement, { highWaterMark: 1 << 20 }),
  ) as AsyncIterable<Buffer>) {
    const whole: Buffer = rest === undefined ? chunk : Buffer.concat([rest, chunk]);
    const lines: Buffer[] = [];
    let from = 0;
    for (let end = whole.indexOf(10); end !== -1; end = whole.indexOf(10, from)) {
      lines.push(whole.subarray(from, end));
      from = end + 1;
    }
    rest = from === whole.length ? undefined : whole.subarray(from);
    yield lines;
  }
}

/** The place of the n-th tab of a line, n from 1. */
export function tabAt(line: Buffer, n: number): number {
  let at = -1;
  for (let found = 0; found < n; found += 1) at = line.indexOf(9, at + 1);
  return at;
}

/** The place of the n-th tab from the end. */
export function lastTabAt(line: Buffer, n: number): number {
  let at = line.length;
  for (let found = 0; found < n; found += 1) at = line.lastIndexOf(9, at - 1);
  return at;
}
