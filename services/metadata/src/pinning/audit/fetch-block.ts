import { createHash } from 'node:crypto';
import { type Clock, retryAfterMs } from '@keyward/guard';
import type { CID } from 'multiformats/cid';
import type { TakePermit } from '../quota/take-permit.ts';

export interface Gateway {
  /** Such as `https://ipfs.example.com`. */
  readonly url: string;
  readonly takePermit: TakePermit;
  readonly clock: Clock;
  /** Default 60 s: a gateway may have to look for the content first. */
  readonly timeoutMs?: number;
}

/**
 * What a gateway answers when it is asked for one block. `lost`: it has none, or something else. `silent`: it did not find
 * it in time, which may be its own fault. `withheld`: it does not give this one to us. `away`: it cannot be asked now.
 */
export type BlockAnswer =
  | { readonly kind: 'block'; readonly bytes: Uint8Array }
  | { readonly kind: 'lost' | 'silent' | 'withheld'; readonly why: string }
  | { readonly kind: 'away'; readonly why: string; readonly retryAfterMs?: number | undefined };

export type MissingBlock = Exclude<BlockAnswer, { kind: 'block' }>;

const defaultTimeoutMs = 60_000;
/** What IPFS implementations pass on as one block at most. */
export const blockBytesMax = 2 * 1024 * 1024;
const rawType = 'application/vnd.ipld.raw';

/**
 * Asks a trustless gateway for the block that a CID names, and hashes what comes: nothing is believed that was not hashed.
 * Throws `PinningError` while the gateway is left alone.
 */
export async function fetchBlock(gateway: Gateway, cid: CID, signal: AbortSignal): Promise<BlockAnswer> {
  const { url, takePermit, clock, timeoutMs = defaultTimeoutMs } = gateway;
  await takePermit(signal);
  try {
    const response = await fetch(`${url.replace(/\/+$/, '')}/ipfs/${cid}?format=raw`, {
      headers: { accept: rawType },
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    if (response.status === 200) return await checkedBlock(response, cid);
    await response.body?.cancel();
    return refusalOf(response, clock.now());
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    const isLate = (error as { name?: string }).name === 'TimeoutError';
    return isLate
      ? { kind: 'silent', why: 'The gateway did not answer in time.' }
      : { kind: 'away', why: 'The gateway could not be reached.' };
  }
}

async function checkedBlock(response: Response, cid: CID): Promise<BlockAnswer> {
  const type = response.headers.get('content-type')?.split(';')[0]?.trim();
  if (type !== rawType && type !== 'application/octet-stream') {
    await response.body?.cancel();
    return { kind: 'away', why: 'The gateway answers something else than blocks.' };
  }
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of response.body ?? []) {
    length += piece.byteLength;
    if (length > blockBytesMax) return { kind: 'lost', why: 'The gateway answered more than a block.' };
    pieces.push(piece);
  }
  const bytes = Buffer.concat(pieces);
  const digest = createHash('sha256').update(bytes).digest();
  return digest.equals(cid.multihash.digest)
    ? { kind: 'block', bytes }
    : { kind: 'lost', why: 'The gateway answered other bytes.' };
}

function refusalOf({ status, headers }: Response, nowMs: number): MissingBlock {
  const why = `The gateway answered ${status}.`;
  if (status === 404 || status === 410) return { kind: 'lost', why };
  // 504 is what it answers when nobody in the network gave it the block; 500 and 502 when it cannot say.
  if (status === 500 || status === 502 || status === 504) return { kind: 'silent', why };
  if (status === 429 || status >= 500 || status < 400)
    return { kind: 'away', why, retryAfterMs: retryAfterMs(headers.get('retry-after'), nowMs) };
  return { kind: 'withheld', why };
}
