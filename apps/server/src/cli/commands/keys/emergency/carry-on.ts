import { continueEmergencyRotation, type EmergencyRotation, isProblem } from '@keyward/guard';
import type { Installation } from '../../../../installation.ts';
import { CommandFailed } from '../../../output.ts';
import { failOn } from '../../../usage.ts';
import { emergencyProgress } from './emergency-progress.ts';

const signals = ['SIGINT', 'SIGTERM'] as const;

/**
 * Drives the rotation that `begin` names to its end, showing how far it is. Ctrl-C ends it after the batch that is under
 * way; a running node, or `--resume`, does the rest.
 */
export async function carryOn(
  installation: Installation,
  begin: () => Promise<string | undefined>,
): Promise<EmergencyRotation | undefined> {
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  const progress = emergencyProgress();
  for (const signal of signals) process.on(signal, stop);
  try {
    const id = await begin();
    if (id === undefined) return undefined;
    // Said first, so that whoever kills this process knows what to resume.
    process.stderr.write(`Emergency rotation ${id}\n`);
    const rotation = await continueEmergencyRotation(installation, id, {
      signal: stopping.signal,
      onProgress: (now) => progress.show(now),
    });
    if (isProblem(rotation)) return failOn(rotation);
    if (rotation.state === 'done') return rotation;
    throw new CommandFailed(
      `The keys are stopped, but not all is done. A running node carries on, or: keyward keys emergency-rotate --resume ${id}`,
    );
  } finally {
    progress.end();
    for (const signal of signals) process.off(signal, stop);
  }
}
