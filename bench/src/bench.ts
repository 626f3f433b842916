import type { Goal } from './report/goal.ts';

export interface BenchOptions {
  /** How often everything is done in turns, besides a first time that warms up. */
  readonly rounds: number;
  /** How long load is applied at a time. */
  readonly seconds: number;
  /** Only to show that everything runs: measures nothing worth reading. */
  readonly isShort: boolean;
  /** Options for the servers' Node, such as `--cpu-prof`. */
  readonly nodeOptions: readonly string[];
  readonly log: (line: string) => void;
}

/** What a benchmark found: beside the goals, and in Markdown. */
export interface Section {
  readonly title: string;
  readonly goals: readonly Goal[];
  readonly paragraphs: readonly string[];
}

export type Bench = (options: BenchOptions) => Promise<Section>;
