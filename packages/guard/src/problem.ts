import { errorCodes } from './error-codes.ts';
import type { Problem } from './reply.ts';

export const problemContentType = 'application/problem+json';

/** Renders a refusal (RFC 9457, V1). Holds public text only. */
export function problemBody(problem: Problem, requestId: string): string {
  const { status, title, remedy } = errorCodes[problem.code];
  return JSON.stringify({
    type: `/docs/errors#${problem.code}`,
    title,
    status,
    code: problem.code,
    detail: problem.detail ?? remedy,
    ...(problem.errors === undefined ? {} : { errors: problem.errors }),
    request_id: requestId,
  });
}
