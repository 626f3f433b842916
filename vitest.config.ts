import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

/** What the program itself loads first: workers link the same packages, and as slowly without. */
const fastImports = fileURLToPath(new URL('apps/server/bin/fast-imports.js', import.meta.url));

const sources = ['packages', 'services', 'apps'].map((folder) => `${folder}/*/src/**/*.test.ts`);

/** These look at the memory of their whole process. */
const measuringMemory = [
  'packages/guard/src/audit/archives/flat-memory.test.ts',
  'packages/guard/src/blocks/many-addresses.test.ts',
  'services/control/src/audit/export.test.ts',
];

export default defineConfig({
  test: {
    globalSetup: ['test/src/setup.ts'],
    // Many tests wait for processes of their own more than they work.
    maxWorkers: 3,
    // In the order of their names: the long ones first, so that none is left over at the end.
    projects: [
      project('memory', { include: measuringMemory, isolate: true }),
      project('product', { include: ['test/src/**/*.test.ts'] }),
      project('unit', { include: sources, exclude: measuringMemory }),
    ],
  },
});

/** The files of a project share their worker's modules unless it is isolated: loading them takes longer than most tests. */
function project(
  name: string,
  files: { readonly include: string[]; readonly exclude?: string[]; readonly isolate?: boolean },
): TestProjectInlineConfiguration {
  return {
    test: {
      ...{ name, isolate: false, ...files },
      // What hangs is told, what is slow is not: next to other work a test may take twenty times as long as alone.
      ...{ testTimeout: 240_000, hookTimeout: 240_000 },
      // On a machine with other work a second is soon over, and ten are too.
      expect: { poll: { timeout: 60_000 } },
      execArgv: ['--import', fastImports],
      // For the processes that tests start: each would strip and compile the same modules anew.
      env: { NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache') },
    },
  };
}
