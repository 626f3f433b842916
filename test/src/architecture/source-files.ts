import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../../', import.meta.url)).replace(/\/$/, '');

export interface SourceFile {
  /** From the root of the repository. */
  readonly path: string;
  readonly text: string;
  /** Part of the product: no test, no test support. */
  readonly isProduct: boolean;
  /** What it imports: package names as they are, relative paths from the root of the repository. */
  readonly imports: readonly string[];
}

/** Every TypeScript file of the workspace. */
export function sourceFiles(): SourceFile[] {
  const folders = [
    'packages/*/src/**/*.ts',
    'services/*/src/**/*.ts',
    'apps/*/src/**/*.ts',
    'bench/src/**/*.ts',
    'test/src/**/*.ts',
  ];
  return folders.flatMap((pattern) => globSync(pattern, { cwd: root })).map(read);
}

function read(path: string): SourceFile {
  const text = readFileSync(join(root, path), 'utf8');
  const isProduct =
    /^(packages|services|apps)\//.test(path) &&
    !/\.test\.ts$|\/testing\/|\/conformance|\/dying-node/.test(path);
  return { path, text, isProduct, imports: [...importsOf(text)].map((name) => resolved(path, name)) };
}

function* importsOf(text: string): Generator<string> {
  const statement =
    /^(?:import|export)\s[^;]*?from '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)|import\.meta\.resolve\('([^']+)'\)/gm;
  for (const [, from, bare, dynamic, resolvedName] of text.matchAll(statement)) {
    yield (from ?? bare ?? dynamic ?? resolvedName) as string;
  }
}

function resolved(path: string, name: string): string {
  return name.startsWith('.') ? relative(root, join(root, dirname(path), name)) : name;
}

/** `packages/guard` of `packages/guard/src/x.ts`; `test` of `test/src/x.ts`. */
export function packageOf(path: string): string {
  return path.slice(0, path.indexOf('/src/'));
}
