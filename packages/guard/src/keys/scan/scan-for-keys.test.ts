import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { generateKey } from '../../encryption/keyring.ts';
import { fakeClock } from '../../testing/fake-clock.ts';
import { generateApiKey } from '../format.ts';
import { openGit } from './git.ts';
import { type ScanOptions, scanForKeys } from './scan-for-keys.ts';

const checksumKey = generateKey('checksum');
const newKey = () => generateApiKey('meterr', 'live', checksumKey);
const { PATH = '', HOME = '' } = process.env;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keyward-scan-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function write(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), content);
}

function gitIn(where: string, ...args: string[]) {
  const settings = [
    '-c',
    'user.email=test@example.com',
    '-c',
    'user.name=Test',
    '-c',
    'commit.gpgSign=false',
  ];
  return promisify(execFile)('git', ['-C', where, ...settings, ...args]);
}
const git = (...args: string[]) => gitIn(folder, ...args);

async function commit(message: string): Promise<string> {
  await git('add', '--all');
  await git('commit', '--quiet', '--allow-empty', '--cleanup=verbatim', '-m', message);
  return (await git('rev-parse', 'HEAD')).stdout.trim();
}

function scan(more: Partial<ScanOptions> = {}) {
  return scanForKeys({
    path: folder,
    historyIsRead: true,
    excludes: [],
    checksumKeys: [checksumKey],
    lookalikesAreShown: false,
    gitEnvironment: { PATH, HOME },
    clock: fakeClock(),
    ...more,
  });
}

const seen = async (more: Partial<ScanOptions> = {}) => (await scan(more)).sightings;

describe('K12: files', () => {
  test('a key is found with its file and line, also in binary data that touches it and over the edge of a piece', async () => {
    const key = newKey();
    await write('src/a.env', `A=1\nB=2\nKEY='${key}'\n`);
    await write('b.bin', Buffer.concat([Buffer.from([0, 1, 0x30]), Buffer.from(`${key}next`)]));
    await write('c.txt', `${'\n'.repeat(256 * 1024 - 20)} ${key}`);
    const found = await seen();
    expect(found).toHaveLength(3);
    expect(found).toEqual(
      expect.arrayContaining([
        { text: key, verdict: 'own', place: { kind: 'file', path: 'src/a.env', line: 3 } },
        { text: key, verdict: 'own', place: { kind: 'file', path: 'b.bin', line: 1 } },
        { text: key, verdict: 'own', place: { kind: 'file', path: 'c.txt', line: 256 * 1024 - 19 } },
      ]),
    );
  });

  test('an invented key is counted, and reported only when asked for', async () => {
    const invented = `${newKey().slice(0, -1)}_`.replace(/.$/, '!').slice(0, -1);
    const wrong = `sk-meterr_live_${'A'.repeat(32)}`;
    await write('a', `${wrong} ${invented}`);
    expect(await scan()).toMatchObject({ sightings: [], lookalikes: 1 });
    expect(await seen({ lookalikesAreShown: true })).toMatchObject([{ text: wrong, verdict: 'lookalike' }]);
  });

  test('without checksum keys the form is all there is to go by', async () => {
    await write('a', `sk-meterr_live_${'A'.repeat(32)}`);
    expect(await seen({ checksumKeys: undefined })).toMatchObject([{ verdict: 'unchecked' }]);
  });

  test('a key within a longer word of a text is none', async () => {
    await write('a', `x${newKey()} ${newKey()}9`);
    expect(await seen()).toEqual([]);
  });

  test('links are not followed; the path itself may be one', async () => {
    await using outside = await temporaryFolder();
    await writeFile(join(outside.path, 'key'), newKey());
    await symlink(outside.path, join(folder, 'linked-folder'));
    await symlink(join(outside.path, 'key'), join(folder, 'linked-file'));
    expect(await seen()).toEqual([]);
    expect(await seen({ path: join(folder, 'linked-folder') })).toHaveLength(1);
  });

  test('what is excluded is not read, by name anywhere or by path', async () => {
    for (const path of ['node_modules/x/a', 'src/node_modules/b', 'src/c.log', 'src/d', 'dist/e'])
      await write(path, newKey());
    const found = await seen({ excludes: ['node_modules', '*.log', 'dist/**'] });
    expect(found.map(({ place }) => place)).toMatchObject([{ path: 'src/d' }]);
  });

  test('one file alone can be searched', async () => {
    await write('a', newKey());
    expect(await seen({ path: join(folder, 'a') })).toHaveLength(1);
  });

  test('a path that is not there is said so', async () => {
    await expect(scan({ path: join(folder, 'nothing') })).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('K12: git history', () => {
  beforeEach(async () => {
    await git('init', '--quiet', '--initial-branch=main');
  });

  test('a key that was removed long ago is found with the commit that brought it, its path and line', async () => {
    const key = newKey();
    await write('first', 'nothing yet');
    await commit('first');
    await write('conf/app.env', `A=1\nKEY=${key}\n`);
    const guilty = await commit('second');
    await write('other', 'x');
    await commit('third');
    await write('conf/app.env', 'A=1\n');
    await commit('fourth');
    expect(await seen()).toMatchObject([
      {
        text: key,
        verdict: 'own',
        place: { kind: 'object', type: 'blob', commit: guilty, path: 'conf/app.env', line: 2 },
      },
    ]);
    expect(await seen({ historyIsRead: false })).toEqual([]);
    await git('gc', '--quiet', '--aggressive', '--prune=now');
    expect(await seen()).toMatchObject([{ place: { commit: guilty, path: 'conf/app.env' } }]);
    expect(await seen({ excludes: ['conf'] })).toEqual([]);
  });

  test('a key in a deleted branch, a message, an annotated tag, a file name and the index is found', async () => {
    const [branch, message, tag, name, staged] = [newKey(), newKey(), newKey(), newKey(), newKey()];
    await write('a', 'x');
    const said = await commit(`oops\n\nthe key is ${message}`);
    await git('checkout', '--quiet', '-b', 'gone');
    await write('b', branch);
    await commit('with a key');
    await git('checkout', '--quiet', 'main');
    await git('branch', '-D', 'gone');
    await git('reflog', 'expire', '--expire=now', '--all');
    await git('tag', '-a', 'v1', '-m', `v1 ${tag}`);
    await write(name, 'x');
    await commit('a name');
    await git('rm', '--quiet', name);
    await commit('renamed');
    await write('c', staged);
    await git('add', 'c');
    await rm(join(folder, 'c'));
    const found = new Map((await seen()).map(({ text, place }) => [text, place]));
    expect(found.size).toBe(5);
    expect(found.get(message)).toMatchObject({ type: 'commit', commit: said });
    expect(found.get(branch)).toMatchObject({ type: 'blob' });
    expect(found.get(branch)).not.toHaveProperty('commit');
    expect(found.get(tag)).toMatchObject({ type: 'tag' });
    expect(found.get(name)).toMatchObject({ type: 'tree' });
    expect(found.get(staged)).toMatchObject({ type: 'blob', path: 'c' });
    expect(found.get(staged)).not.toHaveProperty('commit');
  });

  test('hostile names are read and named exactly', async () => {
    const names = [
      'with\nnewline',
      '"quotes" and \'more\'',
      '-dash',
      '--upload-pack=touch x',
      '$(touch x)',
      'tab\there',
      ':(glob)*',
    ];
    for (const name of names) await write(name, newKey());
    await commit('names');
    const paths = (await seen()).map(({ place }) => place.path);
    expect(new Set(paths)).toEqual(new Set(names));
    expect(paths).toHaveLength(2 * names.length);
  });

  test('bare repositories, working trees and a folder inside one are read, each store once', async () => {
    const key = newKey();
    await write('sub/a', key);
    await commit('one');
    await write('sub/a', '');
    await commit('two');
    await using other = await temporaryFolder();
    await git('clone', '--quiet', '--bare', folder, join(other.path, 'bare.git'));
    await git('worktree', 'add', '--quiet', join(other.path, 'tree'));
    expect(await seen({ path: join(other.path, 'bare.git') })).toHaveLength(1);
    expect(await seen({ path: join(other.path, 'tree') })).toHaveLength(1);
    expect(await seen({ path: join(folder, 'sub') })).toHaveLength(1);
    await git('worktree', 'add', '--quiet', join(folder, 'inside'));
    expect(await scan()).toMatchObject({ repositories: [folder], sightings: [{ text: key }] });
  });

  test('a hostile repository starts nothing', async () => {
    await write('a', newKey());
    await commit('one');
    const witness = join(folder, 'witness');
    const trap = join(folder, '.git/trap');
    await writeFile(trap, `#!/bin/sh\ntouch '${witness}'\n`, { mode: 0o755 });
    for (const name of [
      'core.fsmonitor',
      'gpg.program',
      'core.pager',
      'core.editor',
      'core.sshCommand',
      'diff.external',
      'core.alternateRefsCommand',
    ])
      await git('config', name, trap);
    await git('config', 'log.showSignature', 'true');
    await git('config', 'alias.cat-file', `!${trap}`);
    // A missing object of a partial clone would be fetched by a command of the repository's choice.
    await git('config', 'core.repositoryFormatVersion', '1');
    await git('config', 'extensions.partialClone', 'origin');
    await git('config', 'remote.origin.url', `ext::${trap}`);
    await git('config', 'remote.origin.promisor', 'true');
    await git('config', 'protocol.ext.allow', 'always');
    const { stdout } = await git('-c', 'core.fsmonitor=false', 'rev-parse', 'HEAD:a');
    const object = stdout.trim();
    await write('b', '');
    expect(await seen()).toHaveLength(2);
    await rm(join(folder, '.git/objects', object.slice(0, 2), object.slice(2)), { force: true });
    expect(await seen()).toHaveLength(1);
    const asked = openGit(folder, { PATH, HOME }).pieces('cat-file', 'blob', object);
    await expect(asked.next()).rejects.toThrow(/could not read/);
    await expect(import('node:fs/promises').then(({ stat }) => stat(witness))).rejects.toMatchObject({
      code: 'ENOENT',
    });
  });

  test('a git that is missing, or does not trust the owner, is a clear sentence', async () => {
    await expect(scan({ gitEnvironment: { PATH: '/nowhere' } })).rejects.toThrow(
      /git was not found.*--no-history/,
    );
    expect(await seen({ gitEnvironment: { PATH: '/nowhere' }, historyIsRead: false })).toEqual([]);
    if (process.getuid?.() !== 0) return;
    await promisify(execFile)('chown', ['-R', '12345', folder]);
    await expect(scan({ gitEnvironment: { PATH, HOME: '/nowhere' } })).rejects.toThrow(
      /belongs to somebody else.*safe\.directory/,
    );
  });

  test('objects that are broken hide no others, and are named as not read', async () => {
    const [inMessage, inFile] = [newKey(), newKey()];
    await write('sub/a', 'x');
    await write('b', inFile);
    await commit(`the key is ${inMessage}`);
    for (const name of ['HEAD:sub/a', 'HEAD:sub', 'HEAD:']) {
      const object = (await git('rev-parse', name)).stdout.trim();
      const path = join(folder, '.git/objects', object.slice(0, 2), object.slice(2));
      await rm(path);
      await writeFile(path, 'no object');
      const { sightings, unread } = await scan();
      expect(unread).toContain(`object ${object} of git`);
      expect(new Set(sightings.map(({ text }) => text))).toEqual(new Set([inMessage, inFile]));
    }
  });

  test('what only looks like a repository is named as not read', async () => {
    await write('sub/.git', 'gitdir: /nowhere');
    expect(await scan()).toMatchObject({ unread: [expect.stringContaining('sub')], repositories: [folder] });
  });

  test('progress tells the total before the end', async () => {
    await write('a', 'x');
    await commit('one');
    const reports: string[] = [];
    await scan({ onProgress: ({ phase, done, total }) => reports.push(`${phase} ${done}/${total}`) });
    expect([reports.at(0), reports.at(-1)]).toEqual(['files 1/1', 'history 3/3']);
  });
});

async function temporaryFolder() {
  const path = await mkdtemp(join(tmpdir(), 'keyward-scan-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
