import type { Clock } from '../clock.ts';
import { type Problem, refuse } from '../reply.ts';

/** Which addresses are refused, as a node knows them. Asked for every request: at once, without waiting. */
export interface Blocks {
  /** Unix milliseconds at which the block of an address ends, Infinity when it stays; undefined: it is not blocked. */
  endsAtMs(address: string): number | undefined;
}

export const noBlocks: Blocks = { endsAtMs: () => undefined };

const forGood = refuse('blocked', { detail: 'This address is blocked.' });

/** 403 with a Retry-After that is true, or undefined. */
export function blockRefusal(blocks: Blocks, address: string, clock: Clock): Problem | undefined {
  const endsAtMs = blocks.endsAtMs(address);
  if (endsAtMs === undefined) return undefined;
  if (endsAtMs === Number.POSITIVE_INFINITY) return forGood;
  const seconds = Math.max(1, Math.ceil((endsAtMs - clock.now()) / 1000));
  return refuse('blocked', {
    detail: `This address is blocked. Try again in ${seconds} s.`,
    headers: { 'retry-after': `${seconds}` },
  });
}
