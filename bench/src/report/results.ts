import { mkdir, readFile, writeFile } from 'node:fs/promises';
import type { Section } from '../bench.ts';
import { type BenchName, benchNames } from '../benches.ts';

/** What a benchmark found when it ran last, and where. */
export interface Result extends Section {
  readonly command: string;
  /** ISO 8601. */
  readonly at: string;
  readonly machine: string;
  /** The machine's load average of one minute before it: what else was going on. */
  readonly loadBefore: number;
}

const folder = new URL('../../results/', import.meta.url);

export async function keepResult(name: BenchName, result: Result): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(new URL(`${name}.json`, folder), `${JSON.stringify(result, null, 2)}\n`);
}

/** The last result of each benchmark that has one. */
export async function readResults(): Promise<Result[]> {
  const found = await Promise.all(
    benchNames.map((name) =>
      readFile(new URL(`${name}.json`, folder), 'utf8').then(
        (text) => JSON.parse(text) as Result,
        () => undefined,
      ),
    ),
  );
  return found.filter((result) => result !== undefined);
}
