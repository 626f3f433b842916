import type { FieldError } from '../../reply.ts';

/** What is wrong with a line; `pointer` is a JSON pointer into it, empty for the line as a whole. */
export interface LineError extends FieldError {
  readonly line: number;
}

export interface ImportReport {
  /** Null when nothing new was kept. */
  readonly importId: string | null;
  /** 0 when a line is wrong: nothing is kept then. Of a dry run, what would be. */
  readonly imported: number;
  /** Lines whose hash was imported before; nothing of these keys was changed. */
  readonly skipped: number;
  /** The first of them. */
  readonly skippedLines: readonly number[];
  /** The first errors; `wrong` counts the lines that have any. */
  readonly errors: readonly LineError[];
  readonly wrong: number;
}

export interface RunningReport {
  imported(lines: number): void;
  skipped(line: number): void;
  wrong(line: number, errors: readonly FieldError[]): void;
  sum(importId: string | null): ImportReport;
}

const listedMax = 20;

/** Counts what becomes of each line; lists only so many, however long the import is. */
export function importReport(): RunningReport {
  const errors: LineError[] = [];
  const skippedLines: number[] = [];
  let imported = 0;
  let skipped = 0;
  let wrong = 0;
  return {
    imported(lines) {
      imported += lines;
    },
    skipped(line) {
      skipped += 1;
      if (skippedLines.length < listedMax) skippedLines.push(line);
    },
    wrong(line, found) {
      wrong += 1;
      errors.push(...found.slice(0, listedMax - errors.length).map((error) => ({ line, ...error })));
    },
    sum: (importId) => ({
      importId,
      imported: wrong > 0 ? 0 : imported,
      skipped,
      skippedLines,
      errors,
      wrong,
    }),
  };
}
