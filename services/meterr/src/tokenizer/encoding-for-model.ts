import type { Encoding } from './encodings.ts';

export interface ModelEncoding {
  encoding: Encoding;
  /** `estimated` where the model's own tokenizer is not public. */
  exactness: 'exact' | 'estimated';
}

const families: readonly (readonly [Encoding, RegExp])[] = [
  ['o200k_harmony', family('gpt-oss')],
  ['o200k_base', family('gpt-4o|chatgpt-4o|gpt-4\\.1|gpt-4\\.5|gpt-5(?:\\.\\d+)?|o1|o3|o4')],
  [
    'cl100k_base',
    family('gpt-4|gpt-3\\.5|gpt-35-turbo|text-embedding-(?:3|ada-002)|(?:davinci|babbage)-002'),
  ],
  ['p50k_base', family('text-davinci-00[23]|code-(?:davinci|cushman)-00[12]')],
  ['r50k_base', family('davinci|curie|babbage|ada|text-(?:davinci|curie|babbage|ada)-001', '$')],
];

/**
 * The encoding that counts a model's tokens; the names are OpenAI's, also with `openai/` or `azure/` before them and
 * fine-tuned (`ft:gpt-4o-mini:org::id`). Every other model, Claude and Gemini among them, is estimated by o200k_base.
 */
export function encodingForModel(model: string): ModelEncoding {
  const name = baseModel(model);
  const known = families.find(([, pattern]) => pattern.test(name));
  if (known === undefined) return { encoding: 'o200k_base', exactness: 'estimated' };
  return { encoding: known[0], exactness: 'exact' };
}

function baseModel(model: string): string {
  const name = model
    .trim()
    .toLowerCase()
    .replace(/^(?:openai|azure)\//, '');
  return name.startsWith('ft:') ? (name.split(':')[1] ?? '') : name;
}

/** These names and, unless told otherwise, those that continue them: `gpt-5` is also `gpt-5-mini-2025-08-07`. */
function family(names: string, end = '(?:[-@]|$)'): RegExp {
  return new RegExp(`^(?:${names})${end}`);
}
