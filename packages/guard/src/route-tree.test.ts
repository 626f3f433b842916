import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RouteTree } from './route-tree.ts';

/** The plain form: every pattern is tried, and of those that fit the most particular one is meant. */
function findPlainly(patterns: readonly string[], path: string): string | undefined {
  const fits = (pattern: string) =>
    new RegExp(`^${pattern.replaceAll(/:[a-z]+\{\.\+\}/g, '.+').replaceAll(/:[a-z]+/g, '[^/]+')}$`).test(
      path,
    );
  const kinds = (pattern: string) =>
    pattern
      .split('/')
      .map((segment) => (segment.endsWith('}') ? '2' : segment.startsWith(':') ? '1' : '0'))
      .join('');
  return patterns.filter(fits).toSorted((a, b) => (kinds(a) < kinds(b) ? -1 : 1))[0];
}

const word = fc.constantFrom('a', 'b', 'c');
const pattern = fc
  .tuple(fc.array(fc.oneof(word, fc.constantFrom(':x', ':y')), { maxLength: 4 }), fc.boolean())
  .map(([segments, takesRest]) => `/${[...segments, ...(takesRest ? [':z{.+}'] : [])].join('/')}`);
const path = fc
  .array(fc.oneof(word, fc.constantFrom('d', '', ':x')), { maxLength: 6 })
  .map((segments) => `/${segments.join('/')}`)
  .filter((text) => !text.includes('//'));

test('of all patterns that fit a path the most particular is found, and what its parameters stand for', () => {
  fc.assert(
    fc.property(fc.array(pattern, { minLength: 1, maxLength: 12 }), path, (patterns, asked) => {
      const tree = new RouteTree<string>();
      const added = patterns.filter((one) => tree.add(one, one));
      const found = tree.find(asked);
      expect(found?.value).toBe(findPlainly(added, asked));
      if (found === undefined) return;
      const names = [...found.value.matchAll(/:([a-z]+)(?:\{\.\+\})?/g)].map(([, name]) => name);
      expect(Object.keys(found.params).toSorted()).toEqual([...new Set(names)].toSorted());
      // A name that stands twice has the value of its last place.
      if (new Set(names).size === names.length)
        expect(found.value.replaceAll(/:([a-z]+)(?:\{\.\+\})?/g, (_, name) => found.params[name] ?? '')).toBe(
          asked,
        );
    }),
    { numRuns: 2_000 },
  );
});

test('a pattern that is there already is told, whatever its names; one of no known form is refused', () => {
  const tree = new RouteTree<number>();
  expect(tree.add('/a/:x', 1)).toBe(true);
  expect(tree.add('/a/:y', 2)).toBe(false);
  expect(tree.add('/a/:x{.+}', 3)).toBe(true);
  expect(tree.add('/a/:y{.+}', 4)).toBe(false);
  for (const wrong of ['/a/:x{.+}/b', '/a/b:x', '/a/:X', '/a/{x}'])
    expect(() => tree.add(wrong, 5), wrong).toThrow(wrong);
});
