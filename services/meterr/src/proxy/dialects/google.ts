import { type Dialect, hasError, largestAt, listAt, objectAt, type PathCost, textAt } from './dialect.ts';

const call = /^\/v1\w*\/(?:models|tunedModels)\/([^/:]+):(\w+)$/;
const costs: ReadonlyMap<string, PathCost> = new Map([
  ['generateContent', 'metered'],
  ['streamGenerateContent', 'metered'],
  ['embedContent', 'metered'],
  ['batchEmbedContents', 'metered'],
  ['countTokens', 'free'],
]);

/** Gemini. Each chunk of a stream counts all so far; without `alt=sse` a stream is one JSON list. */
export const google: Dialect = {
  costOf: (path) => costs.get(call.exec(path)?.[2] ?? '') ?? 'unknown',
  modelOf: (path) => call.exec(path)?.[1],

  answerBound(path, body) {
    if (/embed/i.test(call.exec(path)?.[2] ?? '')) return { tokensMax: 0, answers: 1 };
    // Both ways of writing it are taken (protobuf's JSON).
    const given = [objectAt(body, 'generationConfig'), objectAt(body, 'generation_config')];
    const largest = (...names: string[]) => {
      const found = given.flatMap((config) => largestAt(config, ...names) ?? []);
      return found.length === 0 ? undefined : Math.max(...found);
    };
    return {
      tokensMax: largest('maxOutputTokens', 'max_output_tokens'),
      answers: Math.max(1, largest('candidateCount', 'candidate_count') ?? 1),
    };
  },

  read(known, value) {
    if (Array.isArray(value)) return value.reduce(google.read, known);
    return {
      usage: objectAt(value, 'usageMetadata') ?? known.usage,
      model: textAt(value, 'modelVersion') ?? known.model,
      hasFailed: known.hasFailed || hasError(value),
    };
  },

  outputText(value) {
    if (Array.isArray(value)) return value.map(google.outputText).join('');
    return listAt(value, 'candidates')
      .flatMap((candidate) => listAt(objectAt(candidate, 'content'), 'parts'))
      .map((part) => textAt(part, 'text') ?? '')
      .join('');
  },
};
