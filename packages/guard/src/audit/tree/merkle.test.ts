import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Frontier } from './frontier.ts';
import { emptyRoot, fromBytes, splitOf, type TreeHash, toBytes } from './merkle.ts';
import { consistencyProof, inclusionProof, type RootOf } from './proofs.ts';
import { consistencyHolds, inclusionHolds } from './verify-proofs.ts';

const sha256 = (...parts: Buffer[]) => createHash('sha256').update(Buffer.concat(parts)).digest();
const leafOf = (data: Buffer): TreeHash => fromBytes(sha256(Buffer.from([0]), data));

/** RFC 6962, 2.1, word for word. */
function naiveRoot(leaves: readonly TreeHash[]): TreeHash {
  const [first, ...others] = leaves;
  if (first === undefined) return fromBytes(sha256());
  if (others.length === 0) return first;
  const k = splitOf(leaves.length);
  const [left, right] = [naiveRoot(leaves.slice(0, k)), naiveRoot(leaves.slice(k))];
  return fromBytes(sha256(Buffer.from([1]), toBytes(left), toBytes(right)));
}

const rootsOver =
  (leaves: readonly TreeHash[]): RootOf =>
  async (from, to) =>
    naiveRoot(leaves.slice(from, to));
const hex = (hashes: readonly TreeHash[]) => hashes.map((each) => toBytes(each).toString('hex'));

// The eight leaves that Certificate Transparency's implementations test themselves with, and what comes of them.
const published = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
].map((data) => leafOf(Buffer.from(data, 'hex')));
const roots = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];
const nodes = {
  ab: 'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  cd: '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
  e: 'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
  ef: '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
  gh: 'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
};

test('A4: the tree over the published leaves has the published roots', () => {
  const frontier = new Frontier();
  expect(frontier.root()).toBe(emptyRoot);
  const found = [frontier.root()];
  for (const leaf of published) {
    frontier.append(leaf);
    found.push(frontier.root());
  }
  expect(hex(found)).toEqual(roots);
});

test('A4: the proofs over the published leaves are the published ones', async () => {
  const rootOf = rootsOver(published);
  expect(hex(await inclusionProof(rootOf, 5, 8))).toEqual([nodes.e, nodes.gh, roots[4]]);
  expect(hex(await inclusionProof(rootOf, 2, 3))).toEqual([nodes.ab]);
  expect(hex(await inclusionProof(rootOf, 1, 5))).toEqual([roots[1], nodes.cd, nodes.e]);
  expect(hex(await consistencyProof(rootOf, 6, 8))).toEqual([nodes.ef, nodes.gh, roots[4]]);
  expect(hex(await consistencyProof(rootOf, 2, 5))).toEqual([nodes.cd, nodes.e]);
  expect(hex(await consistencyProof(rootOf, 1, 1))).toEqual([]);
});

const leavesOf = (size: number) => Array.from({ length: size }, (_, at) => leafOf(Buffer.from(String(at))));

test('A4: roots, and proofs of every leaf and every older tree, are those of the definition', async () => {
  const all = leavesOf(70);
  const rootOf = rootsOver(all);
  const frontier = new Frontier();
  for (let size = 1; size <= all.length; size += 1) {
    frontier.append(all[size - 1] as TreeHash);
    const root = naiveRoot(all.slice(0, size));
    expect(frontier.root()).toBe(root);
    expect(Frontier.decode(size, frontier.encode()).root()).toBe(root);
    if (size > 20 && size < 60) continue;
    for (let seq = 0; seq < size; seq += 1) {
      const path = await inclusionProof(rootOf, seq, size);
      const leaf = all[seq] as TreeHash;
      expect(inclusionHolds({ leaf, seq, size, root }, path)).toBe(true);
      expect(inclusionHolds({ leaf, seq: (seq + 1) % size, size, root }, path)).toBe(size === 1);
      const older = { size: seq + 1, root: naiveRoot(all.slice(0, seq + 1)) };
      const steps = await consistencyProof(rootOf, older.size, size);
      expect(consistencyHolds(older, { size, root }, steps)).toBe(true);
      expect(consistencyHolds({ ...older, root: emptyRoot }, { size, root }, steps)).toBe(false);
    }
  }
});

test('A4: a proof with anything changed does not hold', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 2, max: 300 }), fc.nat(), fc.nat(), async (size, which, where) => {
      const all = leavesOf(size);
      const seq = which % size;
      const root = naiveRoot(all);
      const path = await inclusionProof(rootsOver(all), seq, size);
      const given = { leaf: all[seq] as TreeHash, seq, size, root };
      expect(inclusionHolds(given, path)).toBe(true);
      const changed = path.with(where % path.length, leafOf(Buffer.from('forged')));
      expect(inclusionHolds(given, changed)).toBe(false);
      expect(inclusionHolds({ ...given, leaf: emptyRoot }, path)).toBe(false);
      expect(inclusionHolds(given, path.slice(1))).toBe(false);
      expect(inclusionHolds(given, [...path, emptyRoot])).toBe(false);
      expect(inclusionHolds({ ...given, seq: size }, path)).toBe(false);
    }),
    { numRuns: 60 },
  );
});

test('A4: every complete tile is told with its root, however the leaves come', () => {
  const all = leavesOf(256 * 3 + 7);
  const tiles: [number, number, TreeHash][] = [];
  let frontier = new Frontier();
  for (const leaf of all) {
    frontier = Frontier.decode(frontier.size, frontier.encode(), (...tile) => tiles.push(tile));
    frontier.append(leaf);
  }
  expect(tiles).toEqual(
    [0, 1, 2].map((tile) => [0, tile, naiveRoot(all.slice(tile * 256, (tile + 1) * 256))]),
  );
  expect(() => new Frontier(3, [emptyRoot])).toThrow('no tree of 3');
});

test('A4: the second level has tiles too', () => {
  const tiles: string[] = [];
  const frontier = new Frontier(
    65_536 - 1,
    Array.from({ length: 16 }, () => emptyRoot),
    (level, tile) => tiles.push(`${level}/${tile}`),
  );
  frontier.append(emptyRoot);
  expect(tiles).toEqual(['0/255', '1/0']);
});
