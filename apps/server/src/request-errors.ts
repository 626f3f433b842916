import type { Clock } from '@keyward/guard';
import { isDatabaseUnavailable } from '@keyward/guard/database';
import type { Log } from './log.ts';

/** At most one line in this time says that the database is away: every request would say the same. */
const outageLineMs = 5_000;

/** Logs the exceptions that became a 500 or 503, each with the id under which the audit log has the request. */
export function requestErrors(log: Log, clock: Clock): (error: unknown, requestId: string) => void {
  let nextOutageLineMs = Number.NEGATIVE_INFINITY;
  return (error, requestId) => {
    if (!isDatabaseUnavailable(error)) {
      log.error({ err: error, request_id: requestId }, 'a request failed');
    } else if (clock.monotonic() >= nextOutageLineMs) {
      nextOutageLineMs = clock.monotonic() + outageLineMs;
      log.warn(
        { err: error, request_id: requestId },
        'the database is away; requests that need it are refused',
      );
    }
  };
}
