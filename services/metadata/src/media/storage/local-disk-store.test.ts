import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { mediaPlace, ownerKeyOf } from '../media-place.ts';
import { localDiskStore } from './local-disk-store.ts';
import type { MediaStore } from './media-store.ts';

let folder: string;
let store: MediaStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'local-disk-store-'));
  await mkdir(join(folder, 'files'));
  store = localDiskStore(join(folder, 'files'));
});
afterEach(() => rm(folder, { recursive: true }));

const place = mediaPlace({ userId: '../../x', environment: 'live' }, 'a'.repeat(64));

async function put(text: string, at = place): Promise<void> {
  await writeFile(join(folder, 'new'), text);
  await store.put(at, join(folder, 'new'));
}

async function read(start: number, end: number): Promise<string> {
  return new Response(await store.open(place, { start, end })).text();
}

test('N6: what was put is read back, whole and in parts', async () => {
  await put('0123456789');
  expect(await read(0, 9)).toBe('0123456789');
  expect(await read(3, 3)).toBe('3');
  expect(await readdir(folder)).toEqual(['files']);
});

test('N6: more than one piece is read in order', async () => {
  const text = Array.from({ length: 30_000 }, (_, at) => at).join();
  await put(text);
  expect(await read(0, text.length - 1)).toBe(text);
});

test('N6: putting the same place again keeps one file', async () => {
  await put('same');
  await put('same');
  expect(await Array.fromAsync(await store.list())).toEqual([place]);
});

test('N6: what was deleted is gone; deleting nothing is no error', async () => {
  await put('x');
  await store.delete(place);
  await store.delete(place);
  await expect(store.open(place, { start: 0, end: 0 })).rejects.toThrow('ENOENT');
  expect(await Array.fromAsync(await store.list())).toEqual([]);
});

test('U1: a user id never becomes part of a path', async () => {
  expect(ownerKeyOf('../../x')).toMatch(/^[0-9a-f]{32}$/);
  await expect(put('x', { ...place, ownerKey: '../..' })).rejects.toThrow(TypeError);
  await expect(put('x', { ...place, sha256: '../../../etc/passwd' })).rejects.toThrow(TypeError);
});

test('a file that is shorter than expected breaks the stream instead of ending it', async () => {
  await put('abc');
  await expect(read(0, 9)).rejects.toThrow('shorter');
});

test('the room on the disk is known', async () => {
  const { freeBytes, totalBytes } = await store.usage();
  expect(freeBytes).toBeGreaterThan(0);
  expect(totalBytes).toBeGreaterThanOrEqual(freeBytes);
});
