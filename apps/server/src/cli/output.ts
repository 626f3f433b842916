/** A command could not do what was asked; the message says why and what to do. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
}

/** What was asked for makes no sense; the message names every option that is wrong. */
export class WrongUsage extends Error {
  override readonly name = 'WrongUsage';
}

export interface OutputOptions {
  /** One JSON value on standard output. */
  readonly json?: boolean;
}

/** Prints a result: as JSON when asked to or when another program reads it, else in words. */
export function print(value: unknown, inWords: () => string, options: OutputOptions): void {
  const asJson = options.json === true || process.stdout.isTTY !== true;
  process.stdout.write(`${asJson ? JSON.stringify(value) : inWords()}\n`);
}

/** Rows as columns for a terminal. */
export function table(
  rows: readonly Readonly<Record<string, unknown>>[],
  columns: readonly string[],
): string {
  if (rows.length === 0) return '(none)';
  const text = (value: unknown): string =>
    value === null || value === undefined ? '-' : Array.isArray(value) ? value.join(' ') : String(value);
  const lines = [
    columns.map((column) => column.toUpperCase()),
    ...rows.map((row) => columns.map((column) => text(row[column]))),
  ];
  const widths = columns.map((_, at) => Math.max(...lines.map((line) => (line[at] as string).length)));
  return lines
    .map((line) =>
      line
        .map((cell, at) => cell.padEnd(widths[at] as number))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
