import { type Problem, refuse } from '../../reply.ts';
import { type EmergencyRotation, emergencyRotationStatus } from './emergency-status.ts';
import { inBatch } from './in-batch.ts';
import { type KeyPlace, replaceBatch } from './replace-batch.ts';
import type { EmergencyDeps } from './start-emergency-rotation.ts';
import { tellBatch } from './tell-batch.ts';

export interface ContinueOptions {
  /** Looked at between batches: an abort leaves a state from which anybody carries on. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (rotation: EmergencyRotation) => void;
  /** Keys in a transaction. Default 1,000. */
  readonly keysAtOnce?: number;
  /** Owners in a transaction. Default 200. */
  readonly ownersAtOnce?: number;
}

/**
 * Makes what the stopped keys and their owners are still owed (K8): successors, then mails. Any number of processes may
 * do it for one rotation at the same time, and each may die at any moment: nothing is done twice. Gives the rotation as
 * it is afterwards, `done` unless it was aborted. 404 for an unknown one.
 */
export async function continueEmergencyRotation(
  deps: EmergencyDeps,
  id: string,
  options: ContinueOptions = {},
): Promise<EmergencyRotation | Problem> {
  const { signal, onProgress, keysAtOnce = 1000, ownersAtOnce = 200 } = options;
  let place: Place = { key: { userId: '', id: '' }, owner: '' };
  for (;;) {
    const rotation = await emergencyRotationStatus(deps.database, id);
    if (rotation === undefined)
      return refuse('not_found', { detail: `There is no emergency rotation ${id}.` });
    onProgress?.(rotation);
    if (rotation.state === 'done' || signal?.aborted) return rotation;
    const { key, owner } = place;
    // The place moves when the batch has committed, and not before.
    place = await inBatch(deps.database, id, async (tx, locked) => {
      if (locked.state === 'replacing')
        return { key: await replaceBatch(tx, deps.clock, locked, key, keysAtOnce), owner };
      if (locked.state === 'telling')
        return { key, owner: await tellBatch(tx, deps.clock, locked, owner, ownersAtOnce) };
      return place;
    });
  }
}

/** How far this process has come. */
interface Place {
  readonly key: KeyPlace;
  /** User id. */
  readonly owner: string;
}
