import { setImmediate } from 'node:timers/promises';
import { isProblem, type Problem, refuse } from '@keyward/guard';
import { canonicalize } from '../../content-identifiers/canonicalize.ts';
import { contentHash } from '../idempotency.ts';
import { pointerTo } from '../json-object.ts';
import { type PreparedDocument, prepareDocument } from '../prepare-document.ts';
import type { BatchItem, ItemSchema } from './batch-item.ts';
import { refusalOf } from './outcome.ts';

/** An item that can be worked on. `prepared` is missing where the batch carries no documents. */
export interface BatchEntry {
  readonly index: number;
  readonly item: BatchItem;
  readonly prepared: PreparedDocument | undefined;
}

export interface PreparedItems {
  readonly items: readonly (BatchEntry | Problem)[];
  /** One hash over what all items ask for. */
  readonly hash: string;
}

/** Bytes of documents prepared in one turn: about two milliseconds of work. */
const turnBytes = 64 * 1024;

/** Validates every item and names its content, a few at a time: other requests are answered in between. */
export async function prepareItems(
  raw: readonly unknown[],
  schema: ItemSchema,
  ...request: readonly string[]
): Promise<PreparedItems> {
  const items: (BatchEntry | Problem)[] = [];
  const contents: string[] = [];
  let bytes = 0;
  for (const [index, value] of raw.entries()) {
    const entry = prepareItem(index, value, schema);
    items.push(entry);
    const content = contentOf(entry, value);
    contents.push(content);
    bytes += content.length;
    if (bytes < turnBytes) continue;
    bytes = 0;
    await setImmediate();
  }
  return { items, hash: contentHash(...request, ...contents.map((content) => contentHash(content))) };
}

function prepareItem(index: number, value: unknown, schema: ItemSchema): BatchEntry | Problem {
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const errors = parsed.error.issues.flatMap((issue) => {
      const pointer = issue.path.reduce<string>((path, step) => pointerTo(path, String(step)), '');
      if (issue.code !== 'unrecognized_keys') return [{ pointer, message: issue.message }];
      return issue.keys
        .slice(0, 10)
        .map((key) => ({ pointer: pointerTo(pointer, key), message: 'is not a known field' }));
    });
    return refusalOf(index, refuse('invalid_request', { errors }));
  }
  const item: BatchItem = parsed.data;
  if (!('document' in schema.shape)) return { index, item, prepared: undefined };
  const prepared = prepareDocument(item.document);
  if (!isProblem(prepared)) return { index, item, prepared };
  const errors = (prepared.errors ?? []).map((error) => ({ ...error, pointer: `/document${error.pointer}` }));
  return refusalOf(index, { ...prepared, errors });
}

function contentOf(entry: BatchEntry | Problem, value: unknown): string {
  if (isProblem(entry)) return canonicalize(value);
  const { id, collection, token_id, if_match } = entry.item;
  return `${JSON.stringify([id, collection, token_id, if_match])}${entry.prepared?.canonical ?? ''}`;
}
