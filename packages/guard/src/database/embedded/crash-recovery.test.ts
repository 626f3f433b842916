import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { eventually, query, TestFolder } from './fixtures/test-folder.ts';

test('O1: a server whose node was killed with its process group runs on and is adopted', async () => {
  await using folder = new TestFolder();
  const node = await folder.hold('node', { idleMs: 60_000 });
  const pid = folder.postmasterPid;
  process.kill(-Number(node.pid), 'SIGKILL');
  await once(node, 'exit');

  await folder.open('node');
  expect(folder.postmasterPid).toBe(pid);
});

test('O1: a server that is killed under a running node comes back with its data', async () => {
  await using folder = new TestFolder();
  const { ownerUrl: url } = await folder.open('node');
  await query(url, 'CREATE TABLE kept AS SELECT 7 AS value');
  const pid = folder.postmasterPid;
  process.kill(Number(pid), 'SIGKILL');
  await eventually(() =>
    query(url, 'SELECT value FROM kept').then(
      ([value]) => value === 7,
      () => false,
    ),
  );
  expect(folder.postmasterPid).not.toBe(pid);
});

test('O1: after node, supervisor and server were all killed, a start recovers', async () => {
  await using folder = new TestFolder();
  const node = await folder.hold('node');
  const tool = await folder.open('tool');
  await query(tool.ownerUrl, 'CREATE TABLE kept AS SELECT 7 AS value');
  await tool.detach();
  const pid = Number(folder.postmasterPid);
  node.kill('SIGKILL');
  process.kill(folder.supervisorPid, 'SIGKILL');
  process.kill(pid, 'SIGKILL');

  const next = await folder.open('node');
  expect(await query(next.ownerUrl, 'SELECT value FROM kept')).toEqual([7]);
});

test('O1: a killed supervisor is replaced, and neither server nor seat of the node is lost', async () => {
  await using folder = new TestFolder();
  // Whoever is the first to start another supervisor reaches it before that gives up waiting for somebody.
  const idleMs = 20_000;
  const node = await folder.open('node', { idleMs });
  const pid = folder.postmasterPid;
  const supervisor = folder.supervisorPid;
  process.kill(supervisor, 'SIGKILL');
  const tool = await folder.hold('tool', { idleMs });
  const rival = folder.spawn('node', { idleMs });
  const [exitCode] = await once(rival, 'exit');
  expect(exitCode).toBe(1);
  expect(folder.supervisorPid).not.toBe(supervisor);
  expect(folder.postmasterPid).toBe(pid);

  await eventually(() => folder.logged.length > 0);
  tool.kill('SIGKILL');
  await once(tool, 'exit');
  await node.detach();
  await eventually(() => folder.postmasterPid === undefined);
});

test('O1: an initdb that was killed half way is made anew', async () => {
  await using folder = new TestFolder();
  const node = folder.spawn('node');
  const drafts = () =>
    readdirSync(folder.path, { recursive: true }).filter((name) => /data\.draft-\w+$/.test(`${name}`));
  await eventually(
    () => statSync(folder.path, { throwIfNoEntry: false }) !== undefined && drafts().length > 0,
  );
  node.kill('SIGKILL');
  process.kill(folder.supervisorPid, 'SIGKILL');

  const next = await folder.open('node');
  expect(await query(next.url, 'SELECT 1')).toEqual([1]);
  expect(drafts()).toEqual([]);
});

test('O1: a stale pid file whose process id now belongs to another process does not keep it from starting', async () => {
  await using folder = new TestFolder();
  const first = await folder.open('node');
  const file = join(folder.place, 'data', 'postmaster.pid');
  const lines = readFileSync(file, 'utf8').split('\n');
  await first.detach();
  const { uid, gid } = statSync(folder.place);
  // Not this Node: a checkout under a closed home is out of reach for the user that the server runs as.
  const other = spawn('/bin/sleep', ['600'], {
    uid,
    gid,
    cwd: '/',
    env: {},
  });
  try {
    writeFileSync(file, [other.pid, ...lines.slice(1)].join('\n'), { mode: 0o600 });
    chownSync(file, uid, gid);
    const second = await folder.open('node');
    expect(await query(second.url, 'SELECT 1')).toEqual([1]);
    expect(other.exitCode).toBeNull();
  } finally {
    other.kill();
  }
});

test('O1: a server that does not start says why, within its time', async () => {
  await using folder = new TestFolder();
  await (await folder.open('node')).detach();
  writeFileSync(join(folder.place, 'data', 'postgresql.auto.conf'), 'no_such_setting = 1\n');
  await expect(folder.open('node')).rejects.toThrow(/PostgreSQL did not start(.|\n)*no_such_setting/);
});

test('O1: a cluster of another PostgreSQL version is refused, not touched', async () => {
  await using folder = new TestFolder();
  mkdirSync(join(folder.place, 'data'), { recursive: true });
  writeFileSync(join(folder.place, 'data', 'PG_VERSION'), '14\n');
  await expect(folder.open('node')).rejects.toThrow('was made by PostgreSQL 14');
});
