import { type Counts, noCounts } from '../token-classes.ts';
import type { EncodingForModel, TokenCounter } from '../tokens/token-counter.ts';

export interface EstimateDeps {
  readonly counter: TokenCounter;
  readonly encodingForModel: EncodingForModel;
}

/** What is counted of a text at once, UTF-16 units (T1). */
const pieceCharacters = 100_000;
/** Beyond it texts are estimated by their length alone. */
const countedCharactersMax = 1_000_000;
const charactersPerToken = 4;

/** What a call has used whose provider did not say: the words of request and answer, counted as the model's tokenizer does. */
export async function estimateCounts(
  deps: EstimateDeps,
  model: string,
  request: unknown,
  outputText: string,
): Promise<Counts> {
  const [input, output] = await Promise.all(
    [wordsOf(request), outputText].map((text) => countTokens(deps, model, text)),
  );
  return { ...noCounts, input_tokens: input ?? 0, output_tokens: output ?? 0 };
}

async function countTokens(deps: EstimateDeps, model: string, text: string): Promise<number> {
  const byLength = Math.ceil(text.length / charactersPerToken);
  if (text.length > countedCharactersMax) return byLength;
  const { encoding } = deps.encodingForModel(model);
  let tokens = 0;
  for (let at = 0; at < text.length; at += pieceCharacters) {
    const counted = await deps.counter.count(text.slice(at, at + pieceCharacters), encoding);
    if (!counted.ok) return byLength;
    tokens += counted.count;
  }
  return tokens;
}

/** Members that hold words for the model, in the protocols of all providers. */
const spoken = new Set([
  'content',
  'text',
  'input',
  'prompt',
  'system',
  'instructions',
  'arguments',
  'parts',
  'messages',
  'contents',
  'systemInstruction',
  'system_instruction',
]);

/** All words of a request, without images and the like. */
function wordsOf(request: unknown): string {
  const words: string[] = [];
  const waiting: unknown[] = [request];
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    if (typeof value === 'string') words.push(value);
    else if (Array.isArray(value)) waiting.push(...value.filter((item) => item !== undefined));
    else if (typeof value === 'object' && value !== null) {
      for (const [name, member] of Object.entries(value))
        if (spoken.has(name) && member !== undefined) waiting.push(member);
    }
  }
  return words.join('\n');
}
