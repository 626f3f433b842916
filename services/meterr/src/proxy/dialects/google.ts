import { type Dialect, listAt, objectAt, textAt } from './dialect.ts';

const call = /^\/v1\w*\/(?:models|tunedModels)\/([^/:]+):(\w+)$/;
const metered = new Set(['generateContent', 'streamGenerateContent', 'embedContent', 'batchEmbedContents']);

/** Gemini. Each chunk of a stream counts all so far; without `alt=sse` a stream is one JSON list. */
export const google: Dialect = {
  isMetered: (path) => metered.has(call.exec(path)?.[2] ?? ''),
  modelOf: (path) => call.exec(path)?.[1],

  read(known, value) {
    if (Array.isArray(value)) return value.reduce(google.read, known);
    return {
      usage: objectAt(value, 'usageMetadata') ?? known.usage,
      model: textAt(value, 'modelVersion') ?? known.model,
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
