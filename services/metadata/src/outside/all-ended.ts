/**
 * Waits until all of it has ended, then throws what failed first: nothing goes on behind a run that is taken for over, and is
 * begun a second time by the next.
 */
export async function allEnded(work: readonly Promise<void>[]): Promise<void> {
  const outcomes = await Promise.allSettled(work);
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}
