import { type Clock, type KeyCaller, type Problem, refuse } from '@keyward/guard';
import type { Database } from '@keyward/guard/database';
import type { HardBudgets } from '../budgets/hard-budgets.ts';
import { type CallToHold, type Hold, holdForCall } from '../budgets/hold.ts';
import type { Catalogue } from '../prices/catalogue.ts';
import { largestAnswer } from '../prices/largest-answer.ts';
import type { ProviderName } from '../providers/known-providers.ts';
import { type CountedClass, countedClasses } from '../token-classes.ts';
import { type Dialect, largestAt, listAt, objectAt } from './dialects/dialect.ts';
import { dialects } from './dialects/index.ts';
import type { OutgoingRequest } from './take-request.ts';

export interface HoldDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly hardBudgets: HardBudgets;
}

export interface ProxiedCall {
  readonly caller: KeyCaller;
  readonly provider: ProviderName;
  readonly request: OutgoingRequest;
  readonly tags: Readonly<Record<string, string>> | null;
}

const noBound = refuse('unpriced_model', {
  detail: 'A hard budget stands, and what this call will cost cannot be bounded beforehand.',
});

/**
 * Reserves what a call can cost at most in the hard budgets that concern it (T5). Undefined: there is none, or it costs
 * nothing; without a hard budget the database is not asked. 422 under a hard budget: a call whose cost cannot be bounded.
 */
export async function holdProxied(
  { database, clock, hardBudgets }: HoldDeps,
  { caller, provider, request, tags }: ProxiedCall,
  catalogue: Catalogue,
): Promise<Hold | Problem | undefined> {
  const dialect = dialects[provider];
  if (request.method !== 'POST' || dialect.costOf(request.path) === 'free') return undefined;
  const mayConcern = hardBudgets.mayConcern(caller);
  if (!(typeof mayConcern === 'boolean' ? mayConcern : await mayConcern)) return undefined;
  const call = await boundOf(dialect, provider, request, catalogue);
  const held = await holdForCall(
    { database, catalogue },
    caller,
    { ...(call ?? boundless), tags },
    clock.now(),
  );
  // Some hard budget, but none that this call counts for.
  return held === undefined || call !== undefined ? held : noBound;
}

/** Stands for a call without a bound, to learn whether a budget concerns it: then it is refused, and nothing is held. */
const boundless: CallToHold = {
  provider: undefined,
  model: '',
  inputTokensMax: 0,
  outputTokensMax: undefined,
};

/** Undefined: nothing bounds it. */
async function boundOf(
  dialect: Dialect,
  provider: ProviderName,
  request: OutgoingRequest,
  catalogue: Catalogue,
): Promise<CallToHold | undefined> {
  const { path, value, model, body, isMetered } = request;
  const runsOn = objectAt(value)?.background === true;
  if (!isMetered || runsOn || model === undefined || !(body instanceof Uint8Array) || value === undefined)
    return undefined;
  const { tokensMax, answers } = dialect.answerBound(path, value);
  const ofOne = tokensMax ?? (await rememberedLargest(catalogue, provider, model));
  const tools = listAt(value, 'tools');
  return {
    provider,
    model,
    // Providers tell models how to use tools in words of their own.
    inputTokensMax: body.byteLength + (tools.length > 0 ? toolWordsMax : 0),
    outputTokensMax: ofOne === undefined ? undefined : ofOne * answers,
    webSearchesMax: tools.reduce<number>((sum, tool) => sum + searchesOf(tool), 0),
    classes: classesOf(Buffer.from(body.buffer, body.byteOffset, body.byteLength)),
  };
}

const toolWordsMax = 1_000;
/** Of a tool that does not say how often it may be used. */
const searchesMaxDefault = 10;

function searchesOf(tool: unknown): number {
  const names = Object.entries(objectAt(tool) ?? {}).flatMap(([name, value]) => [name, String(value)]);
  if (!names.some((name) => /^(?:web_|google_?)search/i.test(name))) return 0;
  return largestAt(tool, 'max_uses') ?? searchesMaxDefault;
}

/** What only some requests can use, and the words that they must hold for it. `\u`: any word may be written so. */
const hints: readonly { readonly classes: readonly CountedClass[]; readonly words: readonly string[] }[] = [
  {
    classes: ['input_audio_tokens', 'output_audio_tokens', 'cache_read_audio_tokens', 'output_image_tokens'],
    words: ['audio', 'image', 'IMAGE', 'AUDIO', 'inline', 'file', 'modalities', 'cached', '\\u'],
  },
  { classes: ['cache_write_1h_tokens'], words: ['cache_control', '\\u'] },
];

/** Of text alone the bound is closer: audio costs more, and so does a cache that is kept long. */
function classesOf(body: Buffer): readonly CountedClass[] {
  const unused = new Set(
    hints.flatMap(({ classes, words }) => (words.some((word) => body.includes(word)) ? [] : classes)),
  );
  return countedClasses.filter((name) => !unused.has(name));
}

/** The search goes through thousands of models. */
const largest = new WeakMap<Catalogue, Map<string, Promise<number | undefined>>>();
const largestRemembered = 1_000;

function rememberedLargest(
  catalogue: Catalogue,
  provider: string,
  model: string,
): Promise<number | undefined> {
  const known = largest.get(catalogue) ?? new Map<string, Promise<number | undefined>>();
  largest.set(catalogue, known);
  const name = `${provider} ${model}`;
  const found = known.get(name) ?? largestAnswer(catalogue, provider, model);
  if (known.size >= largestRemembered) known.clear();
  known.set(name, found);
  return found;
}
