import { CID } from 'multiformats/cid';
import { describe, expect, test } from 'vitest';
import { unixfsDirectory } from '../../content-identifiers/unixfs/directory.ts';
import { fileBlocks } from '../../content-identifiers/unixfs/file-blocks.ts';
import { profiles } from '../../content-identifiers/unixfs/profile.ts';
import { sampleDag } from './sample-dag.ts';

interface Dag {
  readonly root: CID;
  readonly blocks: Map<string, Uint8Array>;
  readonly leaves: readonly string[];
}

async function directoryOf(count: number, profile: (typeof profiles)[number], length = 20): Promise<Dag> {
  const blocks = new Map<string, Uint8Array>();
  const files = [];
  for (let id = 0; id < count; id += 1) {
    const file = await fileBlocks(Buffer.from(`${id}`.padEnd(length)), profile);
    for (const { cid, bytes } of file.blocks) blocks.set(cid, bytes);
    files.push({ name: id.toString(16).padStart(64, '0'), ...file });
  }
  const directory = await unixfsDirectory(files, profile);
  for (const { cid, bytes } of directory.blocks) blocks.set(cid, bytes);
  return { root: CID.parse(directory.cid), blocks, leaves: files.map(({ cid }) => cid) };
}

async function sample({ root, blocks }: Dag, bounds: { blocksMax?: number; bytesMax?: number } = {}) {
  const asked: string[] = [];
  const found = await sampleDag(root, {
    async fetch(cid) {
      asked.push(cid.toString());
      const bytes = blocks.get(cid.toString());
      return bytes === undefined ? { kind: 'lost', why: 'gone' } : { kind: 'block', bytes };
    },
    ...{ blocksMax: 32, bytesMax: 8 * 1024 * 1024, isOver: () => false, ...bounds },
  });
  return { ...found, asked };
}

describe.each(profiles)('N6: under %s', (profile) => {
  test('a content within the bounds is fetched whole, every block once', async () => {
    const dag = await directoryOf(20, profile);
    const { blocks, isWhole, missing, asked } = await sample(dag);
    expect([blocks, isWhole, missing]).toEqual([dag.blocks.size, true, undefined]);
    expect(asked.toSorted()).toEqual([...dag.blocks.keys()].toSorted());
  });

  test('of a directory in shards so many blocks are fetched and no more, mostly files, others each time', async () => {
    const dag = await directoryOf(3_000, profile);
    const seen = new Set<string>();
    for (let turn = 0; turn < 40; turn += 1) {
      const { blocks, isWhole, missing, asked } = await sample(dag);
      expect([blocks, isWhole, missing, asked.length]).toEqual([32, false, undefined, 32]);
      expect(new Set(asked).size).toBe(32);
      const files = asked.filter((cid) => dag.leaves.includes(cid));
      expect(files.length).toBeGreaterThanOrEqual(10);
      for (const cid of files) seen.add(cid);
    }
    expect(seen.size).toBeGreaterThan(400);
  });

  test('a file that is lost in a directory of thousands is found sooner or later', async () => {
    const dag = await directoryOf(3_000, profile);
    const lost = new Set(dag.leaves.slice(0, 300));
    for (const cid of lost) dag.blocks.delete(cid);
    for (let turn = 0; ; turn += 1) {
      // 300 of 3,000 are gone: hundreds of audits that all miss them do not happen.
      expect(turn).toBeLessThan(300);
      const { missing } = await sample(dag);
      if (missing === undefined) continue;
      expect(lost.has(missing.cid.toString())).toBe(true);
      return;
    }
  });

  test('the parts of a file are blocks as others', async () => {
    const dag = await directoryOf(1, profile, 3 * 1024 * 1024);
    const { blocks, isWhole } = await sample(dag);
    expect([blocks, isWhole]).toEqual([dag.blocks.size, true]);
    const last = [...dag.blocks].find(([, bytes]) => bytes.byteLength > 200_000)?.[0] ?? '';
    dag.blocks.delete(last);
    expect((await sample(dag)).missing?.cid.toString()).toBe(last);
  });
});

test('N6: no further block is fetched once the bytes are enough, or the time is over', async () => {
  const dag = await directoryOf(100, 'unixfs-v1-2025', 50_000);
  const { blocks, isWhole } = await sample(dag, { bytesMax: 200_000 });
  expect(blocks).toBeLessThanOrEqual(6);
  expect(isWhole).toBe(false);
  const stopped = await sampleDag(dag.root, {
    fetch: async (cid) => ({ kind: 'block', bytes: dag.blocks.get(cid.toString()) ?? Buffer.alloc(0) }),
    ...{ blocksMax: 32, bytesMax: 1e9, isOver: () => true },
  });
  expect(stopped).toEqual({ blocks: 1, isWhole: false, missing: undefined });
});

test('N6: the same file under a thousand names is one block', async () => {
  const { blocks } = await fileBlocks(Buffer.from('same'), 'unixfs-v1-2025');
  const [leaf] = blocks;
  const files = Array.from({ length: 1_000 }, (_, id) => ({
    ...{ name: `${id}`, cid: leaf?.cid ?? '', totalBytes: 4 },
  }));
  const directory = await unixfsDirectory(files, 'unixfs-v1-2025');
  const all = new Map([...directory.blocks, ...blocks].map(({ cid, bytes }) => [cid, bytes]));
  const { blocks: fetched, isWhole } = await sample({
    root: CID.parse(directory.cid),
    blocks: all,
    leaves: [],
  });
  expect([fetched, isWhole]).toEqual([2, true]);
});
