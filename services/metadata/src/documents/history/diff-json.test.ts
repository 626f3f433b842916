import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalize } from '../../content-identifiers/canonicalize.ts';
import { diffJson, type PatchOperation } from './diff-json.ts';

/** A plain reading of RFC 6902 for the three operations. */
function apply(document: unknown, patch: readonly PatchOperation[]): unknown {
  let root = structuredClone(document);
  for (const operation of patch) {
    const steps = operation.path
      .split('/')
      .slice(1)
      .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
    const last = steps.pop();
    if (last === undefined) {
      root = 'value' in operation ? operation.value : undefined;
      continue;
    }
    let parent = root as Record<string, unknown>;
    for (const step of steps) parent = Object.getOwnPropertyDescriptor(parent, step)?.value;
    if (Array.isArray(parent)) {
      const at = Number(last);
      if (operation.op === 'remove') parent.splice(at, 1);
      else parent.splice(at, operation.op === 'replace' ? 1 : 0, operation.value);
    } else if (operation.op === 'remove') {
      delete parent[last];
    } else {
      const own = { value: operation.value, writable: true, enumerable: true, configurable: true };
      Object.defineProperty(parent, last, own);
    }
  }
  return root;
}

test('N3: the patch makes the one value of the other, whatever they are', () => {
  const key = fc.oneof(
    fc.constantFrom('a', 'b', '~', '/', '', '__proto__', '0'),
    fc.string({ maxLength: 3 }),
  );
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom<unknown>(null, true, 0, 1, 'x', ''),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.array(fc.tuple(key, tie('value')), { maxLength: 4 }).map((members) => Object.fromEntries(members)),
    ),
  }));
  fc.assert(
    fc.property(value, value, (from, to) => {
      const patch = JSON.parse(JSON.stringify(diffJson(from, to))) as PatchOperation[];
      expect(canonicalize(apply(from, patch))).toBe(canonicalize(to));
      expect(diffJson(from, structuredClone(from))).toEqual([]);
    }),
    { numRuns: 500 },
  );
});

test('N3: more than a thousand steps are one: the whole value', () => {
  const many = Array.from({ length: 5_000 }, (_, n) => n);
  expect(diffJson({ list: [] }, { list: many })).toEqual([
    { op: 'replace', path: '', value: { list: many } },
  ]);
});
