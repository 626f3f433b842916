import { roleFaults } from '@keyward/guard/database';
import type { Installation } from './installation.ts';

/** Says in production when the role that serves could alter audit rows, and what to do (D4). */
export async function warnOfRole({ config, database, log }: Installation): Promise<void> {
  if (!config.production) return;
  const faults = await roleFaults(database);
  if (faults.length === 0) return;
  log.warn(
    { faults },
    `The database role of DATABASE_URL ${faults.join(' and ')}: it could alter the audit log. ` +
      'Make a second role that owns nothing, put that into DATABASE_URL and this one into DATABASE_OWNER_URL.',
  );
}
