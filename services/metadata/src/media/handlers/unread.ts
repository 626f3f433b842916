import type { Problem } from '@keyward/guard';

/** The rest of the body is not read, so the connection can serve nothing else. */
export function unread(problem: Problem): Problem {
  return { ...problem, headers: { ...problem.headers, connection: 'close' } };
}
