import { siblingModule } from '@keyward/guard';
import type { Encoding } from './encodings.ts';
import { WorkerPool } from './worker-pool.ts';

export interface TokenCounterOptions {
  /** Threads that count; each holds the vocabularies it has used, about 14 MB for o200k_base. Default 1. */
  workers?: number;
  /** Texts that may wait for a thread; beyond them the answer is `busy`. Default 64. */
  queueMax?: number;
  /** How long one answer may take, waiting included, and how long a thread may count one text. Default 2000. */
  timeoutMs?: number;
}

export type TokenCount = { ok: true; count: number } | { ok: false; reason: 'busy' | 'timeout' | 'failed' };

export interface TokenCounter {
  /** Counts off the calling thread; never rejects. The text is not kept. */
  count(text: string, encoding: Encoding): Promise<TokenCount>;
  /** Ends the threads; counts under way and later ones are answered `failed`. */
  close(): Promise<void>;
}

/**
 * A first text waits for the thread to start and the vocabulary to load: 0.3 s, and on a machine under load longer than
 * anybody waits for an answer. A thread that is ended meanwhile begins anew, and would never be ready there.
 */
const startTimeoutMs = 60_000;

/** Counts tokens in worker threads that start with the first text (SPEC T1, P10). Throws on options that make no sense. */
export function createTokenCounter(options: TokenCounterOptions = {}): TokenCounter {
  const { workers = 1, queueMax = 64, timeoutMs = 2000 } = options;
  requireInteger('workers', workers, 1);
  requireInteger('queueMax', queueMax, 0);
  requireInteger('timeoutMs', timeoutMs, 1);
  const workerUrl = siblingModule(import.meta.url, './count-worker');
  const pool = new WorkerPool<{ text: string; encoding: Encoding }, number>({
    workerUrl,
    workers,
    queueMax,
    timeoutMs,
    startTimeoutMs,
  });
  return {
    async count(text, encoding) {
      const answer = await pool.run({ text, encoding });
      return answer.ok ? { ok: true, count: answer.value } : answer;
    },
    close: () => pool.close(),
  };
}

function requireInteger(option: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new RangeError(`token counter: ${option} must be a whole number from ${least}`);
  }
}
