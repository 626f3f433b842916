import type { Bench } from './bench.ts';

/** All benchmarks by name, in the order of the report. Each is loaded in the process that runs it. */
export const benches = {
  http: async () => (await import('./http/bench.ts')).bench,
  micro: async () => (await import('./micro/bench.ts')).bench,
  flood: async () => (await import('./keys/bench.ts')).bench,
  shipping: async () => (await import('./audit/shipping-bench.ts')).bench,
  'audit-verify': async () => (await import('./audit/verify-bench.ts')).bench,
  'audit-search': async () => (await import('./audit/search-bench.ts')).bench,
  ingest: async () => (await import('./meterr/ingest-bench.ts')).bench,
  summary: async () => (await import('./meterr/summary-bench.ts')).bench,
  tokenizer: async () => (await import('./tokenizer/bench.ts')).bench,
  proxy: async () => (await import('./proxy/bench.ts')).bench,
  collection: async () => (await import('./metadata/bench.ts')).bench,
  media: async () => (await import('./media/bench.ts')).bench,
  'start-up': async () => (await import('./start-up/bench.ts')).bench,
} satisfies Record<string, () => Promise<Bench>>;

export type BenchName = keyof typeof benches;

export const benchNames = Object.keys(benches) as BenchName[];
