import { type Problem, refuse } from '@keyward/guard';

/** The refusal for a disk or quota of the system that is full; undefined for any other error. */
export function diskProblem(error: unknown): Problem | undefined {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOSPC' || code === 'EDQUOT' ? storageFull : undefined;
}

export const storageFull = refuse('storage_full', { headers: { 'retry-after': '300' } });
