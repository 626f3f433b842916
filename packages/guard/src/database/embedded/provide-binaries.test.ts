import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { EmbeddedDatabaseError } from './embedded-database-error.ts';
import { type Binaries, linkLibraries, locateBinaries } from './locate-binaries.ts';
import { provideBinaries } from './provide-binaries.ts';
import { canReadAll, canTraverse } from './reachable.ts';

const stranger = { uid: 12_345, gid: 12_345 };
let root: string;
let packaged: Binaries;

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'kw-')));
  chmodSync(root, 0o711);
  const folder = join(root, 'native');
  mkdirSync(join(folder, 'bin'), { recursive: true });
  mkdirSync(join(folder, 'lib'));
  writeFileSync(join(folder, 'bin', 'postgres'), 'program', { mode: 0o700 });
  writeFileSync(join(folder, 'lib', 'libpq.so.5.18'), 'library', { mode: 0o600 });
  const links = [{ source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so.5' }];
  writeFileSync(join(folder, 'pg-symlinks.json'), JSON.stringify(links));
  packaged = { folder, version: '18.0.0' };
});

afterEach(() => rmSync(root, { recursive: true }));

test('O1: the package of this platform is found, and a platform without one is told to set DATABASE_URL', () => {
  expect(statSync(join(locateBinaries().folder, 'bin', 'initdb')).isFile()).toBe(true);
  expect(() => locateBinaries('plan9-vax')).toThrow(EmbeddedDatabaseError);
  expect(() => locateBinaries('plan9-vax')).toThrow('DATABASE_URL');
});

test('O1: library links that an install script did not make are made', () => {
  expect(linkLibraries(packaged.folder)).toBe(true);
  expect(readFileSync(join(packaged.folder, 'lib', 'libpq.so.5'), 'utf8')).toBe('library');
  expect(linkLibraries(packaged.folder)).toBe(true);
});

test('O1: binaries that the unprivileged user cannot read are copied once per version, where he can', () => {
  const place = { folder: root, runAs: { uid: statSync(root).uid, gid: statSync(root).gid } };
  const systemFolder = join(root, 'system');
  expect(provideBinaries(place, systemFolder, packaged)).toEqual(packaged);

  const closed = { folder: root, runAs: stranger };
  const copy = provideBinaries(closed, systemFolder, packaged);
  expect(copy.folder).not.toBe(packaged.folder);
  expect(canReadAll(copy.folder, { uid: 23_456, gid: 23_456 })).toBe(true);
  expect(statSync(join(copy.folder, 'bin', 'postgres')).mode & 0o777).toBe(0o755);
  expect(readFileSync(join(copy.folder, 'lib', 'libpq.so.5'), 'utf8')).toBe('library');
  rmSync(join(packaged.folder, 'bin', 'postgres'));
  expect(provideBinaries(closed, systemFolder, packaged)).toEqual(copy);
});

test('O1: a folder is reachable only when every folder above lets that user through', () => {
  const folder = join(packaged.folder, 'lib');
  chmodSync(folder, 0o701);
  expect(canTraverse(folder, stranger)).toBe(true);
  chmodSync(packaged.folder, 0o700);
  expect(canTraverse(folder, stranger)).toBe(false);
  expect(canTraverse(folder, { uid: statSync(folder).uid, gid: 12_345 })).toBe(true);
});
