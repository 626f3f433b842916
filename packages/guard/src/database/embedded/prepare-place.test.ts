import { lstatSync, mkdirSync, realpathSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { query, TestFolder } from './fixtures/test-folder.ts';

const isRoot = process.getuid?.() === 0;

test('O1: as root the data folder lets the unprivileged user walk through, and its contents are closed', async () => {
  await using folder = new TestFolder();
  mkdirSync(folder.path, { mode: 0o700 });
  writeFileSync(join(folder.path, 'secret'), '', { mode: 0o644 });
  await folder.open('node');
  expect(statSync(folder.path).mode & 0o777).toBe(isRoot ? 0o711 : 0o700);
  expect(statSync(join(folder.path, 'secret')).mode & 0o777).toBe(isRoot ? 0o600 : 0o644);
});

test('O1: under a folder that is closed to the unprivileged user the database lives elsewhere, in one sentence', async () => {
  await using folder = new TestFolder('closed/d');
  mkdirSync(dirname(folder.path), { mode: 0o700 });
  const first = await folder.open('node');
  await query(first.ownerUrl, 'CREATE TABLE kept AS SELECT 7 AS value');
  await first.detach();
  expect(statSync(dirname(folder.path)).mode & 0o777).toBe(0o700);
  expect(lstatSync(folder.place).isSymbolicLink()).toBe(isRoot);
  expect(folder.logged.length).toBe(isRoot ? 1 : 0);
  if (isRoot) expect(folder.logged[0]).toContain(`the database lives in ${realpathSync(folder.place)}.`);

  const second = await folder.open('node');
  expect(await query(second.ownerUrl, 'SELECT value FROM kept')).toEqual([7]);
});

test('O1: a place that has vanished is named, not replaced by an empty database', async () => {
  await using folder = new TestFolder();
  mkdirSync(folder.path);
  symlinkSync(join(folder.root, 'gone'), folder.place);
  await expect(folder.open('node')).rejects.toThrow('Put the database back');
  rmSync(folder.place);
});

test('O1: a path too long for a socket gets a short private folder, which later starts find again', async () => {
  await using folder = new TestFolder('é'.repeat(50));
  const first = await folder.open('node');
  expect(await query(first.url, 'SELECT 1')).toEqual([1]);
  const run = realpathSync(join(folder.place, 'run'));
  expect(run.startsWith(folder.root)).toBe(false);
  expect(statSync(run).mode & 0o777).toBe(0o700);
  await first.detach();

  expect((await folder.open('node')).url).toBe(first.url);
});

test('O1: a short folder that has vanished, or was made by somebody else, is replaced', async () => {
  await using folder = new TestFolder('é'.repeat(50));
  const first = await folder.open('node');
  const run = realpathSync(join(folder.place, 'run'));
  await first.detach();
  rmSync(run, { recursive: true });
  mkdirSync(run, { mode: 0o755 });
  try {
    const second = await folder.open('node');
    expect(second.url).not.toBe(first.url);
    expect(await query(second.url, 'SELECT 1')).toEqual([1]);
  } finally {
    rmSync(run, { recursive: true });
  }
});
