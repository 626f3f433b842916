import type { Database } from '@keyward/guard/database';
import type { CID } from 'multiformats/cid';
import { PinningError } from '../providers/pinning-error.ts';
import { blockProvider } from '../quota/block-provider.ts';
import { type BlockAnswer, fetchBlock, type Gateway } from './fetch-block.ts';

/** One run's dealings with the gateway. */
export interface GatewayRun {
  /** Whether it gave a block in this run: what it does not give then is not for its being out of order. */
  gaveBlocks(): boolean;
  fetch(cid: CID, signal: AbortSignal): Promise<BlockAnswer>;
}

const firstRestMs = 60_000;
const longestRestMs = 3600_000;
/** So many that it does not find, before it has given one, are its own fault. */
const silentMax = 5;

/**
 * The gateway, which is left alone by all nodes when it cannot be asked: as long as it says, otherwise a minute to an hour.
 * Each call begins a run.
 */
export function gatewayRuns(database: Database, gateway: Gateway): () => GatewayRun {
  let failures = 0;
  const rest = async (retryAfterMs: number | undefined) => {
    const ms = retryAfterMs ?? Math.min(firstRestMs * 2 ** Math.min(failures, 10), longestRestMs);
    failures += 1;
    await blockProvider(database, 'gateway', { ms, reason: 'gateway_away' });
  };
  return () => {
    let [given, silent] = [0, 0];
    return {
      gaveBlocks: () => given > 0,
      async fetch(cid, signal) {
        const answer = await askOf(gateway, cid, signal);
        if (answer.kind === 'block') {
          given += 1;
          failures = 0;
          return answer;
        }
        if (answer.kind === 'away' && !('isResting' in answer)) await rest(answer.retryAfterMs);
        if (answer.kind !== 'silent' || given > 0) return answer;
        silent += 1;
        if (silent >= silentMax) await rest(undefined);
        return answer;
      },
    };
  };
}

async function askOf(
  gateway: Gateway,
  cid: CID,
  signal: AbortSignal,
): Promise<BlockAnswer | { kind: 'away'; why: string; isResting: true }> {
  try {
    return await fetchBlock(gateway, cid, signal);
  } catch (error) {
    if (!(error instanceof PinningError)) throw error;
    return { kind: 'away', why: 'The gateway asked to be left alone, or was away.', isResting: true };
  }
}
