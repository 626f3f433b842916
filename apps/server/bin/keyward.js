#!/usr/bin/env node
// Plain JavaScript that any Node can read: it finds a Node that can run the rest, then hands over.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const built = join(here, '../dist/main.js');
const source = join(here, '../src/main.ts');
const runsFromSource = existsSync(source);
const [major, minor] = process.versions.node.split('.').map(Number);
// TypeScript runs without a flag from 22.18 on; the built files need 22.12.
const isRecentEnough = major > 22 || (major === 22 && minor >= (runsFromSource ? 18 : 12));

if (isRecentEnough) {
  nodeModule.enableCompileCache?.();
  // Threads hear of it by the environment alone; without, each strips and compiles its modules anew.
  const cacheFolder = nodeModule.getCompileCacheDir?.();
  if (cacheFolder !== undefined) process.env.NODE_COMPILE_CACHE ??= dirname(cacheFolder);
  await import('./fast-imports.js');
  await import(runsFromSource ? source : built);
} else {
  const carried = carriedNode();
  if (carried === undefined) {
    // biome-ignore lint/suspicious/noConsole: the one message before anything is loaded
    console.error(
      `Keyward needs Node 22.12 or newer and this is ${process.versions.node}. Run "npm install" in the checkout (it brings one), or install a newer Node.`,
    );
    process.exit(1);
  }
  const ended = spawnSync(carried, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  process.exit(ended.status ?? 1);
}

/** The Node that this repository's own npm install brought, if it did. */
function carriedNode() {
  const require = createRequire(import.meta.url);
  const { platform, arch } = process;
  for (const name of [`node-${platform}-${arch}`, `node-bin-${platform}-${arch}`]) {
    try {
      const path = join(dirname(require.resolve(`${name}/package.json`)), 'bin/node');
      if (existsSync(path)) return path;
    } catch {
      // not installed for this platform
    }
  }
  return undefined;
}
