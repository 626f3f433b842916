import type { Database } from '../database/database.ts';
import { deliverNotifications } from '../notify/deliver-notifications.ts';
import type { DeliveryOptions } from '../notify/delivery.ts';
import { auditPartitions } from './audit-partitions.ts';
import type { Job } from './job.ts';

/** The guard's own jobs: one file each, and one line here. */
export function guardJobs(database: Database, delivery: DeliveryOptions): readonly Job[] {
  return [auditPartitions(database), deliverNotifications(database, delivery)];
}
