import { inject } from 'vitest';
import { say } from '../chaos/rounds.ts';
import { startPgbouncer, type TestPgbouncer } from '../services/index.ts';

/** A PgBouncer before the suite's PostgreSQL; undefined where none can be had, except with CI=true, where that is a failure. */
export async function ownPgbouncer(): Promise<TestPgbouncer | undefined> {
  try {
    return await startPgbouncer(inject('postgresUrl'));
  } catch (error) {
    if (process.env.CI === 'true') throw error;
    say(`without PgBouncer, whose tests are left out: ${String(error)}`);
    return undefined;
  }
}
