import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { referenceImport } from '../../testing/reference-import.ts';
import { unixfsDirectory } from './directory.ts';
import { fileBlocks } from './file-blocks.ts';
import { type Block, type Profile, profiles } from './profile.ts';

interface Named {
  readonly name: string;
  readonly content: Uint8Array;
}

async function ours(files: readonly Named[], profile: Profile) {
  const known = [];
  const blocks: Block[] = [];
  for (const { name, content } of files) {
    const file = await fileBlocks(content, profile);
    known.push({ name, ...file });
    blocks.push(...file.blocks);
  }
  const directory = await unixfsDirectory(known, profile);
  return { ...directory, all: [...directory.blocks, ...blocks] };
}

const tokens = (count: number, name = (id: number) => `${id}.json`): Named[] =>
  Array.from({ length: count }, (_, id) => ({ name: name(id), content: Buffer.from(`{"name":"${id}"}`) }));

describe.each(profiles)('N4: the directory under %s is that of the reference importer', (profile) => {
  test.each([
    ['no file', tokens(0)],
    ['one file', tokens(1)],
    ['a hundred files', tokens(100)],
    ['names of 64 digits', tokens(3_000, (id) => `${id.toString(16).padStart(64, '0')}.json`)],
    ['thousands of files, sharded', tokens(6_500)],
  ])('%s', async (_, files) => {
    const directory = await ours(files, profile);
    const reference = await referenceImport(files, profile);
    expect(directory.cid).toBe(reference.cid);
    expect(directory.totalBytes).toBe(reference.totalBytes);
    for (const { cid, bytes } of directory.blocks) {
      expect(Buffer.from(bytes).equals(reference.blocks.get(cid) ?? Buffer.alloc(0)), cid).toBe(true);
    }
    expect(directory.blocks[0]?.cid).toBe(directory.cid);
    expect(new Set(directory.all.map(({ cid }) => cid))).toEqual(new Set(reference.blocks.keys()));
  });

  test('the last directory that is one block, and the first that is a tree', async () => {
    const files = (count: number) =>
      Array.from({ length: count }, (_, id) => ({
        name: String(id).padStart(200, '0'),
        content: Buffer.from('{}'),
      }));
    let [flat, sharded] = [900, 1_300];
    while (sharded - flat > 1) {
      const middle = (flat + sharded) >> 1;
      if ((await ours(files(middle), profile)).isSharded) sharded = middle;
      else flat = middle;
    }
    expect([flat > 900, sharded < 1_300]).toEqual([true, true]);
    for (const count of [flat, sharded]) {
      expect((await ours(files(count), profile)).cid).toBe(
        (await referenceImport(files(count), profile)).cid,
      );
    }
  });

  test('any names and contents', async () => {
    const file = fc.tuple(fc.stringMatching(/^[a-z0-9ü€.-]{1,40}$/), fc.uint8Array({ maxLength: 2_000 }));
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(file, { maxLength: 40, selector: ([name]) => name }), async (given) => {
        const files = given
          .filter(([name]) => name !== '.' && name !== '..')
          .map(([name, content]) => ({ name, content }));
        expect((await ours(files, profile)).cid).toBe((await referenceImport(files, profile)).cid);
      }),
      { numRuns: 30 },
    );
  });
});

test('N4: a file of several chunks is that of the reference importer', async () => {
  const content = randomBytes(600_000);
  const files = [{ name: 'large', content }];
  for (const profile of profiles) {
    expect((await ours(files, profile)).cid).toBe((await referenceImport(files, profile)).cid);
  }
});
