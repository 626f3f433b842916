import { type FieldError, isProblem, type Problem, refuse } from '@keyward/guard';
import type { DocumentHead } from '../present-document.ts';

/** What became of an item: the head of its document, or why it was refused. */
export type Outcome = { readonly head: DocumentHead } | Problem;

/** Of one item, and of a whole batch: a thousand wrong documents must not become an answer of as many pages. */
const itemErrorsMax = 10;
const errorsMax = 100;

/** The refusal of one item; its errors point into the batch, so that each names the item's index (N1). */
export function refusalOf(index: number, problem: Problem): Problem {
  const place = `/items/${index}`;
  const errors = (problem.errors ?? []).slice(0, itemErrorsMax).map(({ pointer, ...error }) => ({
    ...error,
    pointer: placeWithin(place, pointer),
  }));
  const message = problem.detail ?? sentences[problem.code] ?? 'was refused';
  return { ...problem, errors: errors.length > 0 ? errors : [{ pointer: place, message }] };
}

const sentences: Partial<Record<Problem['code'], string>> = {
  not_found: 'There is no such document.',
  precondition_failed: 'The document has changed: its CID is another.',
};

/** What a document's or query's pointer is within an item. */
function placeWithin(place: string, pointer: string): string {
  if (pointer.startsWith('query/')) return `${place}/${pointer.slice('query/'.length)}`;
  return `${place}${pointer}`;
}

/** The refusal of a whole batch because of these items: the first one's code, everybody's errors (at most 100). */
export function refuseBatch(outcomes: readonly (Outcome | undefined)[]): Problem | undefined {
  const problems = outcomes.filter((outcome) => isProblem(outcome));
  const [first] = problems;
  if (first === undefined) return undefined;
  const errors: FieldError[] = [];
  for (const problem of problems) errors.push(...(problem.errors ?? []));
  const count = `${problems.length} of ${outcomes.length} items ${problems.length === 1 ? 'was' : 'were'} refused`;
  return refuse(first.code, { detail: `${count}; nothing was changed.`, errors: errors.slice(0, errorsMax) });
}
