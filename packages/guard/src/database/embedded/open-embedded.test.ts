import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { EmbeddedDatabaseError } from './embedded-database-error.ts';
import { eventually, query, TestFolder } from './fixtures/test-folder.ts';

test('O1: the first start makes a database, and what is written outlives stop and start', async () => {
  await using folder = new TestFolder();
  const first = await folder.open('node');
  await query(first.ownerUrl, 'CREATE TABLE kept AS SELECT 7 AS value');
  await first.detach();
  expect(folder.postmasterPid).toBeUndefined();

  const second = await folder.open('node');
  expect(await query(second.ownerUrl, 'SELECT value FROM kept')).toEqual([7]);
});

test('O1: it is durable, checksummed, UTF-8, and listens on no network', async () => {
  await using folder = new TestFolder();
  const { url } = await folder.open('node');
  const setting = async (name: string) => (await query(url, `SELECT current_setting('${name}')`))[0];
  expect(await setting('fsync')).toBe('on');
  expect(await setting('synchronous_commit')).toBe('on');
  expect(await setting('data_checksums')).toBe('on');
  expect(await setting('server_encoding')).toBe('UTF8');
  expect(await setting('listen_addresses')).toBe('');
});

test('O1: nobody but its own user can reach the files and the socket', async () => {
  await using folder = new TestFolder();
  await folder.open('node');
  for (const path of ['.', 'run', 'data']) {
    expect(statSync(join(folder.place, path)).mode & 0o077, path).toBe(0);
  }
  // PostgreSQL refuses to run as root, so the files belong to somebody else.
  expect(statSync(join(folder.place, 'data')).uid).not.toBe(0);
});

test('O1: a second node is refused with the process id of the first, a tool is let in', async () => {
  await using folder = new TestFolder();
  const node = await folder.hold('node');
  const refusal = folder.open('node');
  await expect(refusal).rejects.toThrow(EmbeddedDatabaseError);
  await expect(refusal).rejects.toThrow(`process id ${node.pid} `);

  const tool = await folder.open('tool');
  expect(await query(tool.url, 'SELECT 1')).toEqual([1]);
});

test('O1: the server stays until the last one has left', async () => {
  await using folder = new TestFolder();
  const tool = await folder.open('tool');
  const node = await folder.open('node');
  const pid = folder.postmasterPid;
  await tool.detach();
  expect(folder.postmasterPid).toBe(pid);
  await node.detach();
  expect(folder.postmasterPid).toBeUndefined();
});

test('O1: starts at the same time on a new folder end at one server', async () => {
  await using folder = new TestFolder();
  const [first, second, node] = await Promise.all([
    folder.hold('tool'),
    folder.hold('tool'),
    folder.open('node'),
  ]);
  expect([first.exitCode, second.exitCode]).toEqual([null, null]);
  expect(await query(node.url, 'SELECT count(*)::int FROM pg_database')).toEqual([4]);
});

test('O1: when everybody was killed the server stops by itself', async () => {
  await using folder = new TestFolder();
  const node = await folder.hold('node', { idleMs: 200 });
  expect(folder.postmasterPid).toBeDefined();
  node.kill('SIGKILL');
  await eventually(() => folder.postmasterPid === undefined);
});

test('O1: a supervisor that is told to end, as at shutdown, keeps the server for as long as the node needs it', async () => {
  await using folder = new TestFolder();
  const node = await folder.open('node');
  process.kill(folder.supervisorPid, 'SIGTERM');
  expect(await query(node.url, 'SELECT pg_sleep(0.2)::text')).toEqual(['']);
  await node.detach();
  expect(folder.postmasterPid).toBeUndefined();
});
