import { isProblem, type Problem } from '@keyward/guard';
import { prepareDocument } from '../documents/prepare-document.ts';

/** The columns that a placeholder fills: what stands in for every token of a draft. `null` takes it away. */
export function preparePlaceholder(
  value: unknown,
): { placeholder: string | null; placeholderCid: string | null } | Problem {
  if (value === null) return { placeholder: null, placeholderCid: null };
  const prepared = prepareDocument(value);
  if (!isProblem(prepared)) return { placeholder: prepared.canonical, placeholderCid: prepared.cid };
  const errors = (prepared.errors ?? []).map((error) => ({
    ...error,
    pointer: `/placeholder${error.pointer}`,
  }));
  return { ...prepared, errors };
}
