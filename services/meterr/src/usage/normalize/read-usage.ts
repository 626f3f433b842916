import type { FieldError } from '@keyward/guard';

/** A provider's usage object that is being read: what is wrong with it is gathered by pointer, not thrown. */
export interface UsageReader {
  /** The integer at `path`; undefined when it is absent or null. */
  optional(...path: string[]): number | undefined;
  /** The integer at `path`, or 0. */
  count(...path: string[]): number;
  /** The integer at `path`, which has to be there. */
  required(...path: string[]): number;
  has(...path: string[]): boolean;
  /** Gemini's lists of `{modality, tokenCount}`: the sum for one modality. */
  modality(list: string, modality: string): number;
  refuse(path: readonly string[], message: string): void;
  /** `whole − part`, or a refusal at `path` when the part is larger. */
  without(whole: number, part: number, path: readonly string[], message: string): number;
  readonly errors: readonly FieldError[];
}

/** `pointer` is where the object stands in the body, such as `/usage`. */
export function readUsage(usage: unknown, pointer: string): UsageReader {
  const errors: FieldError[] = [];
  const refuse = (path: readonly string[], message: string) => {
    errors.push({ pointer: [pointer, ...path].join('/'), message });
  };
  const leaf = (path: readonly string[], value: unknown): number | undefined => {
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
    refuse(path, 'Must be an integer from 0 to 2^53 − 1');
    return undefined;
  };
  const at = (path: readonly string[]) => valueAt(usage, path, refuse);
  if (!isObject(usage)) refuse([], 'Must be an object');
  const optional = (...path: string[]) => leaf(path, at(path));
  return {
    optional,
    count: (...path) => optional(...path) ?? 0,
    required: (...path) => {
      const value = at(path);
      if (value === undefined || value === null) refuse(path, 'Required');
      return leaf(path, value) ?? 0;
    },
    has: (...path) => (at(path) ?? null) !== null,
    modality: (list, modality) => sumOfModality(at([list]), list, modality, leaf, refuse),
    refuse,
    without: (whole, part, path, message) => {
      if (part > whole) refuse(path, message);
      return Math.max(0, whole - part);
    },
    errors,
  };
}

type Refuse = UsageReader['refuse'];

function valueAt(usage: unknown, path: readonly string[], refuse: Refuse): unknown {
  let value: unknown = usage;
  for (let depth = 0; depth < path.length; depth += 1) {
    const name = path[depth] as string;
    if (value === undefined || value === null) return undefined;
    if (!isObject(value)) {
      if (depth > 0) refuse(path.slice(0, depth), 'Must be an object');
      return undefined;
    }
    value = Object.hasOwn(value, name) ? value[name] : undefined;
  }
  return value;
}

function sumOfModality(
  list: unknown,
  name: string,
  modality: string,
  leaf: (path: readonly string[], value: unknown) => number | undefined,
  refuse: Refuse,
): number {
  if (list === undefined || list === null) return 0;
  if (!Array.isArray(list)) {
    refuse([name], 'Must be a list');
    return 0;
  }
  let sum = 0;
  for (const [index, entry] of list.entries()) {
    if (!isObject(entry)) refuse([name, String(index)], 'Must be an object');
    else if (entry.modality === modality)
      sum += leaf([name, String(index), 'tokenCount'], entry.tokenCount) ?? 0;
  }
  return sum;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
