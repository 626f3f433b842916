import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ExamineWorker } from './examine-worker.ts';

/** Loads until there is a file `go` beside it. */
const program = `
  import { existsSync } from 'node:fs';
  process.on('disconnect', () => process.exit(0));
  process.on('message', ({ file }) => process.send({ kind: 'examined', file }));
  while (!existsSync(new URL('go', import.meta.url))) await new Promise((resolve) => setTimeout(resolve, 20));
  process.send('ready');
`;

const job = {
  kind: 'examine',
  file: 'a',
  cleanFile: 'b',
  type: 'image/png',
  preserveMetadata: false,
} as const;

let folder: string;
let worker: ExamineWorker;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'examine-worker-'));
  const file = join(folder, 'program.mjs');
  await writeFile(file, program);
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  worker = new ExamineWorker({ program: pathToFileURL(file), startMsMax: 60_000, jobMsMax: 4_000 });
});
afterEach(async () => {
  vi.useRealTimers();
  worker.kill();
  await rm(folder, { recursive: true });
});

test('U1: the time that its process takes to start does not count against a file', async () => {
  const outcome = worker.run(job);
  await vi.advanceTimersByTimeAsync(59_000);
  expect(worker.isDead).toBe(false);
  await writeFile(join(folder, 'go'), '');
  expect(await outcome).toMatchObject({ kind: 'examined', file: 'a' });
  expect(await worker.run(job)).toMatchObject({ kind: 'examined' });
});

test('O6: a process that does not come up is busy, not a file that is too large', async () => {
  const outcome = worker.run(job);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(await outcome).toEqual({ kind: 'busy' });
  expect(worker.isDead).toBe(true);
});
