import { DrizzleQueryError } from 'drizzle-orm';
import pg from 'pg';

/** No connection could be had for a transaction. */
export class DatabaseUnavailableError extends Error {
  override readonly name = 'DatabaseUnavailableError';
}

/** Whether a query or transaction failed because of PostgreSQL or the way there, not because of what was asked (O6). */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (error instanceof DatabaseUnavailableError) return true;
  return error instanceof DrizzleQueryError && isConnectionFailure(error.cause);
}

/** The same for what `pg` itself throws, which does not say that it comes from the database. */
export function isConnectionFailure(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return unavailableStates.test(error.code ?? '');
  if (!(error instanceof Error)) return false;
  return 'syscall' in error || wordsOfPg.test(error.message);
}

/**
 * SQLSTATEs: connection exceptions (08), no connections, memory or disk left (53), cancelled at its timeout (57014),
 * shutting down, crashed and starting (57P01 to 57P05).
 */
const unavailableStates = /^(?:08|53|57014|57P0[1-5])/;

/** Errors of `pg` and its pool that have no code. */
const wordsOfPg =
  /^(?:Connection terminated|timeout (?:exceeded|expired)|Query read timeout|Client (?:has encountered a connection error|was closed)|Cannot use a pool after)/;
