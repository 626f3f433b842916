import { readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageOf, root, type SourceFile, sourceFiles } from './source-files.ts';

const files = sourceFiles();
const product = files.filter(({ isProduct }) => isProduct);

/** Each file that breaks a rule, with what it does. An empty list is what we want to see. */
function offences(of: readonly SourceFile[], judge: (file: SourceFile) => readonly string[]): string[] {
  return of.flatMap((file) => judge(file).map((what) => `${file.path}: ${what}`));
}

const inside = (folder: string) => files.filter(({ path }) => path.startsWith(folder));

test('there is something to judge', () => {
  expect(product.length).toBeGreaterThan(150);
  expect(product.filter(({ imports }) => imports.length > 0).length).toBeGreaterThan(100);
});

test('the guard knows no service and no app', () => {
  const names = /^@keyward\/(?!guard)|^keyward$|^(services|apps)\//;
  expect(
    offences(inside('packages/guard/'), ({ imports }) => imports.filter((name) => names.test(name))),
  ).toEqual([]);
});

test('a service uses the public face of the guard only, and no other service', () => {
  const face = /^@keyward\/guard(\/database|\/testing)?$/;
  const judge = ({ path, imports }: SourceFile) =>
    imports.filter(
      (name) =>
        (name.startsWith('@keyward/') && !face.test(name)) ||
        (/^(packages|services|apps)\//.test(name) && packageOf(name) !== packageOf(path)),
    );
  expect(offences(inside('services/'), judge)).toEqual([]);
});

test('no product file imports across packages by path, or what tests need', () => {
  const judge = ({ path, imports }: SourceFile) =>
    imports.filter(
      (name) =>
        (name.includes('/src/') && packageOf(name) !== packageOf(path)) ||
        name === 'vitest' ||
        name === '@keyward/guard/testing',
    );
  expect(offences(product, judge)).toEqual([]);
});

test('what lies in a sub-folder of a protection is its own affair', () => {
  const judge = ({ path, imports }: SourceFile) => {
    const own = /^packages\/guard\/src\/([^/]+)\//.exec(path)?.[1];
    if (own === undefined || own === 'testing') return [];
    return imports.filter((name) => {
      const other = /^packages\/guard\/src\/([^/]+)\/[^/]+\//.exec(name)?.[1];
      return other !== undefined && other !== own;
    });
  };
  expect(offences(product, judge)).toEqual([]);
});

test('the environment is read in one file', () => {
  const judge = ({ path, text }: SourceFile) =>
    path !== 'apps/server/src/config.ts' && /process\.env\b/.test(text) ? ['process.env'] : [];
  expect(offences(product, judge)).toEqual([]);
});

test('time comes from the clock', () => {
  const judge = ({ path, text }: SourceFile) =>
    path.endsWith('/src/clock.ts')
      ? []
      : [...text.matchAll(/\bDate\.now\(|\bnew Date\(\)/g)].map(([found]) => found);
  expect(offences(product, judge)).toEqual([]);
});

test('V3: no shell is ever invoked: programs start with argument arrays', () => {
  const forbidden = /import \{[^}]*\bexec(?:Sync)?\b[^}]*\} from 'node:child_process'|shell:\s*true/g;
  expect(offences(files, ({ text }) => [...text.matchAll(forbidden)].map(([found]) => found))).toEqual([]);
});

// Names of columns and parts of statements, each from a constant of the module: never a value.
const partsFromConstants = [
  'packages/guard/src/audit/shipping/copy-entries.ts',
  'services/meterr/src/accounts/lock-account.ts',
  'services/meterr/src/accounts/read-dimensions.ts',
  'services/meterr/src/usage/booking-statement.ts',
];

test('V3: no value becomes part of an SQL text', () => {
  const forbidden = /\bsql\.raw\(|(?:\.query|\bfixedStatement)\(\s*`[^`]*\$\{/g;
  const found = offences(product, ({ text }) => [...text.matchAll(forbidden)].map(([what]) => what));
  expect(new Set(found.map((offence) => offence.split(':')[0]))).toEqual(new Set(partsFromConstants));
});

test('a package uses what it declares', () => {
  const builtin = new Set([
    ...builtinModules,
    ...builtinModules.map((name) => `node:${name}`),
    'node:sqlite',
  ]);
  const judge = ({ path, imports, isProduct }: SourceFile) => {
    const manifest = JSON.parse(readFileSync(join(root, packageOf(path), 'package.json'), 'utf8'));
    const workspace = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const declared = {
      ...manifest.dependencies,
      ...(isProduct ? {} : { ...manifest.devDependencies, ...workspace.devDependencies }),
      [manifest.name]: '',
    };
    return imports.filter(
      (name) =>
        !name.includes('/src/') &&
        !builtin.has(name) &&
        !/^(packages|services|apps|bench|test)\//.test(name) &&
        declared[packageName(name)] === undefined,
    );
  };
  expect(offences(files, judge)).toEqual([]);
});

test('files are named for what they do', () => {
  const vague = /\/(utils?|helpers?|types|common|misc|constants)(\.ts|\/)/;
  expect(files.map(({ path }) => path).filter((path) => vague.test(path))).toEqual([]);
});

test('no file is a god', () => {
  expect(product.filter(({ text }) => text.split('\n').length > 300).map(({ path }) => path)).toEqual([]);
});

function packageName(name: string): string {
  return name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/');
}
