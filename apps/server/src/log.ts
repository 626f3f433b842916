import { writeSync } from 'node:fs';
import { maskSecretsIn } from '@keyward/guard';
import { type Logger, pino } from 'pino';

export type Log = Logger;

/** JSON lines on standard error, or wherever `write` puts them. Every line goes through the masks (D5). */
export function createLog(level: string, write: (line: string) => void = writeLine): Log {
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, serializers: { err: errorParts } },
    { write: (line) => write(maskSecretsIn(line)) },
  );
}

/** An error without the values of the query that failed: what callers sent is in no log line. */
function errorParts(error: unknown): unknown {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  return {
    type: error.name,
    message: error.message.split('\nparams:')[0],
    ...(code !== undefined && { code }),
    stack: error.stack?.split('\n').filter((line) => /^\s+at /.test(line)),
    ...(error.cause !== undefined && { cause: errorParts(error.cause) }),
  };
}

function writeLine(line: string): void {
  try {
    writeSync(2, line);
  } catch {
    // Nobody reads standard error any more; a log line is no reason to stop.
  }
}
