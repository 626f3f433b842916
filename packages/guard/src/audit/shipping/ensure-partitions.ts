import type { ClientBase } from 'pg';

/** Splits pieces into lines, each with its line feed. Views, not copies. */
export function splitLines(pieces: readonly Buffer[]): Buffer[] {
  const lines: Buffer[] = [];
  for (const piece of pieces) {
    for (let at = 0; at < piece.length; ) {
      const end = piece.indexOf(10, at) + 1 || piece.length;
      lines.push(piece.subarray(at, end));
      at = end;
    }
  }
  return lines;
}

/** The months of the lines as `2026-01`, which is how each line begins. */
export function monthsOf(pieces: readonly Buffer[]): Set<string> {
  const months = new Set<string>();
  for (const piece of pieces) {
    for (let at = 0; at < piece.length; ) {
      months.add(piece.toString('latin1', at, at + 7));
      at = piece.indexOf(10, at) + 1 || piece.length;
    }
  }
  return months;
}

/** Makes the partitions that are missing; `known` remembers those that are there. Outside a transaction. */
export async function ensurePartitions(
  client: ClientBase,
  months: Set<string>,
  known: Set<string>,
): Promise<void> {
  for (const month of months) {
    if (known.has(month)) continue;
    await client.query('SELECT keyward_ensure_audit_partition($1)', [`${month}-01T00:00:00Z`]);
    known.add(month);
  }
}
