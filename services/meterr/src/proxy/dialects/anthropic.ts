import { type Dialect, hasError, largestAt, listAt, objectAt, type PathCost, textAt } from './dialect.ts';

const costs: ReadonlyMap<string, PathCost> = new Map([
  ['/v1/messages', 'metered'],
  ['/v1/messages/count_tokens', 'free'],
  ['/v1/files', 'free'],
]);

/** Messages. In a stream the usage begins with the message and is brought up to date by its deltas, field by field. */
export const anthropic: Dialect = {
  costOf: (path) => costs.get(path) ?? 'unknown',
  modelOf: (_path, body) => textAt(body, 'model'),
  answerBound: (_path, body) => ({ tokensMax: largestAt(body, 'max_tokens'), answers: 1 }),

  read(known, value) {
    const usage = objectAt(value, 'message', 'usage') ?? objectAt(value, 'usage');
    return {
      // Cumulative, and each message says only what changed: what it leaves out stays.
      usage: usage === undefined ? known.usage : { ...known.usage, ...withoutNulls(usage) },
      model: textAt(value, 'message', 'model') ?? textAt(value, 'model') ?? known.model,
      hasFailed: known.hasFailed || hasError(value),
    };
  },

  outputText(value) {
    const delta = objectAt(value, 'delta');
    const said = (block: unknown) =>
      textAt(block, 'text') ?? textAt(block, 'thinking') ?? textAt(block, 'partial_json') ?? '';
    return delta === undefined ? listAt(value, 'content').map(said).join('') : said(delta);
  },
};

function withoutNulls(usage: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(usage).filter(([, value]) => value !== null));
}
