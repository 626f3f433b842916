import type { ArchiveDeps } from '../audit/index.ts';
import { liftExpiredBlocks } from '../blocks/lift-expired-blocks.ts';
import type { Database } from '../database/database.ts';
import type { Keyring } from '../encryption/keyring.ts';
import { emergencyRotations } from '../keys/emergency-rotations.ts';
import { keyReminders } from '../keys/key-reminders.ts';
import { rotationJobs } from '../keys/rotation-jobs.ts';
import { deliverNotifications } from '../notify/deliver-notifications.ts';
import type { DeliveryOptions } from '../notify/delivery.ts';
import { archiveAudit } from './archive-audit.ts';
import { auditPartitions } from './audit-partitions.ts';
import { auditSums } from './audit-sums.ts';
import type { Job } from './job.ts';

/** The guard's own jobs: one file each, and one line here. `securityContact`: the e-mail address that alerts go to. */
export function guardJobs(
  database: Database,
  keyring: Keyring,
  delivery: DeliveryOptions,
  securityContact: string | undefined,
  archives: ArchiveDeps,
): readonly Job[] {
  return [
    archiveAudit(archives),
    auditPartitions(database),
    auditSums(database),
    deliverNotifications(database, delivery),
    emergencyRotations(database),
    ...rotationJobs(database, keyring),
    keyReminders(database, securityContact),
    liftExpiredBlocks(database),
  ];
}
