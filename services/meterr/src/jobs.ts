import type { Job } from '@keyward/guard';
import type { Database } from '@keyward/guard/database';
import { expireHolds } from './budgets/expire-holds.ts';
import { forecastAlerts } from './budgets/forecast-alerts.ts';
import { invariantCheck } from './invariants/invariant-check.ts';
import { repriceJob } from './prices/reprice-job.ts';
import { unpricedAlerts } from './prices/unpriced-alerts.ts';

/** The service's background work: one file each, and one line here. `securityContact`: the address that alerts go to. */
export function meterrJobs(database: Database, securityContact: string | undefined): readonly Job[] {
  return [
    expireHolds(database),
    forecastAlerts(database),
    repriceJob(database),
    unpricedAlerts(database, securityContact),
    invariantCheck(database, securityContact),
  ];
}
