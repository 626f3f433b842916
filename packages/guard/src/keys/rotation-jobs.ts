import type { Database } from '../database/database.ts';
import type { Keyring } from '../encryption/keyring.ts';
import type { Job } from '../jobs/job.ts';
import { endGraces } from './rotation/end-graces.ts';
import { eraseDeadHashes } from './rotation/erase-dead-hashes.ts';
import { plannedRotationsJob } from './rotation/planned-rotations.ts';

/** What time does to rotated keys: planned rotations are made, graces end, the hashes of dead keys are erased (K7). */
export function rotationJobs(database: Database, keyring: Keyring): readonly Job[] {
  return [plannedRotationsJob(database, keyring), endGraces(database), eraseDeadHashes(database)];
}
