import { type BytesAnswer, errorCodes, isProblem, type Problem } from '@keyward/guard';
import type { TokenRange } from '../../token-uris/token-ranges.ts';
import { documentText, jsonText } from '../present-document.ts';
import type { Outcome } from './outcome.ts';
import type { BatchEntry } from './prepare-items.ts';

/** The answer to a batch: what became of each item, by its index. 207 when some were refused. */
export function answerBatch(
  items: readonly (BatchEntry | Problem)[],
  done: { outcomes: readonly Outcome[]; refresh: readonly TokenRange[]; status: number },
): { ids: string[]; reply: BytesAnswer } {
  const { outcomes, refresh, status } = done;
  const ids: string[] = [];
  const data = outcomes.map((outcome, index) => {
    if (isProblem(outcome)) return refusedText(index, outcome);
    ids.push(outcome.head.id);
    const item = items[index];
    const prepared = item === undefined || isProblem(item) ? undefined : item.prepared;
    const head = { index, status, ...outcome.head };
    return prepared === undefined
      ? JSON.stringify(head)
      : documentText(head, prepared.canonical, prepared.warnings);
  });
  const failed = outcomes.length - ids.length;
  const counts = JSON.stringify({ succeeded: ids.length, failed, refresh }).slice(0, -1);
  return { ids, reply: jsonText(failed > 0 ? 207 : status, `${counts},"data":[${data.join(',')}]}`) };
}

function refusedText(index: number, { code, detail, errors }: Problem): string {
  return JSON.stringify({ index, status: errorCodes[code].status, code, detail, errors });
}
