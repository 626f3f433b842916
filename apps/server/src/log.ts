import { writeSync } from 'node:fs';
import { maskSecretsIn } from '@keyward/guard';
import { type Logger, pino } from 'pino';

export type Log = Logger;

/** JSON lines on standard error. Every line goes through the masks, whatever a library put into it (D5). */
export function createLog(level: string): Log {
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    { write: (line) => writeLine(maskSecretsIn(line)) },
  );
}

function writeLine(line: string): void {
  try {
    writeSync(2, line);
  } catch {
    // Nobody reads standard error any more; a log line is no reason to stop.
  }
}
