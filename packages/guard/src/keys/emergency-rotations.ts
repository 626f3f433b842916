import type { Database } from '../database/database.ts';
import type { Job } from '../jobs/job.ts';
import { continueEmergencyRotation } from './emergency/continue-emergency-rotation.ts';
import { unfinishedEmergencyRotations } from './emergency/emergency-status.ts';

/** Carries on every emergency rotation that is not done (K8): begun by the API, or left by a process that died. */
export function emergencyRotations(database: Database): Job<'emergency-rotations'> {
  return {
    name: 'emergency-rotations',
    schedule: '@every 15s',
    async run(_input, { clock, signal, log }) {
      const failures: unknown[] = [];
      for (const id of await unfinishedEmergencyRotations(database)) {
        try {
          await continueEmergencyRotation({ database, clock }, id, { signal });
          if (!signal.aborted) log.info({ emergencyRotation: id }, 'an emergency rotation is done');
        } catch (error) {
          // One that fails must not hold up the others.
          failures.push(error);
        }
      }
      if (failures.length > 0) throw failures[0];
    },
  };
}
