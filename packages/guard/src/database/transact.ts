import { isProblem, type Problem } from '../reply.ts';
import type { Orm, Transaction } from './database.ts';

/** Runs `work` in a transaction that commits, unless its outcome is a refusal or it throws. */
export async function transact<T>(
  orm: Orm,
  work: (tx: Transaction) => Promise<T | Problem>,
): Promise<T | Problem> {
  try {
    return await orm.transaction(async (tx) => {
      const outcome = await work(tx);
      if (isProblem(outcome)) throw new Refused(outcome);
      return outcome;
    });
  } catch (error) {
    if (error instanceof Refused) return error.problem;
    throw error;
  }
}

/** Carries a refusal out of a transaction, which only an exception rolls back. */
class Refused extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.code);
    this.problem = problem;
  }
}
