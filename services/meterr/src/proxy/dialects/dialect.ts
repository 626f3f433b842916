/** What a provider's answers say, gathered value by value: a whole body, or the data of each event of a stream. */
export interface Reading {
  /** As the provider counts; the last that was said. */
  readonly usage: Readonly<Record<string, unknown>> | undefined;
  /** The model that answered, as it names itself. */
  readonly model: string | undefined;
  /** It is, or ends with, an error. */
  readonly hasFailed: boolean;
}

/**
 * What a POST costs. `metered`: it makes a model work, and the answer says how much. `free`: nothing. `unknown`: perhaps
 * something, later or in a way that its answer does not tell.
 */
export type PathCost = 'metered' | 'free' | 'unknown';

/** What a request lets its model put out. */
export interface AnswerBound {
  /** Of one answer; undefined: the request does not say. */
  readonly tokensMax: number | undefined;
  /** How many answers there will be. */
  readonly answers: number;
}

/** The protocol of a provider, as far as metering needs it. Values come from outside: each is looked at before it is used. */
export interface Dialect {
  /** Of a POST to the path (below the provider's base URL). */
  costOf(path: string): PathCost;
  /** What bounds the answer to a metered request. */
  answerBound(path: string, body: unknown): AnswerBound;
  /** The model that is asked for. */
  modelOf(path: string, body: unknown): string | undefined;
  /** What must be changed in a request, so that its answer tells the usage; undefined: nothing. */
  askForUsage?(path: string, text: string, body: unknown): string | undefined;
  /** Takes in one value of the answer. */
  read(known: Reading, value: unknown): Reading;
  /** Whether the event carries nothing but the usage that we asked for. */
  isUsageOnly?(value: unknown): boolean;
  /** The words that the model has put out in this value, for an estimate when it does not say what it used. */
  outputText(value: unknown): string;
}

export type JsonObject = Readonly<Record<string, unknown>>;

export function objectAt(value: unknown, ...path: readonly string[]): JsonObject | undefined {
  let at: unknown = value;
  for (const name of path) at = isObject(at) ? at[name] : undefined;
  return isObject(at) ? at : undefined;
}

export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  let at: unknown = value;
  for (const name of path) at = isObject(at) ? at[name] : undefined;
  return typeof at === 'string' ? at : undefined;
}

export function listAt(value: unknown, name: string): readonly unknown[] {
  const list = isObject(value) ? value[name] : undefined;
  return Array.isArray(list) ? list : [];
}

/** The largest of the whole numbers at these names; undefined where there is none. */
export function largestAt(value: unknown, ...names: readonly string[]): number | undefined {
  const numbers = names.flatMap((name) => {
    const number = isObject(value) ? value[name] : undefined;
    return Number.isSafeInteger(number) && (number as number) >= 0 ? [number as number] : [];
  });
  return numbers.length === 0 ? undefined : Math.max(...numbers);
}

/** Where a provider says that it failed: the member `error` of an answer or event. */
export function hasError(value: unknown): boolean {
  return objectAt(value, 'error') !== undefined || textAt(value, 'error') !== undefined;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
