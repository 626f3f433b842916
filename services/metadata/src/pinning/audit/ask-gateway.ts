import { createHash } from 'node:crypto';
import { CID } from 'multiformats/cid';
import type { TakePermit } from '../quota/take-permit.ts';

export interface Gateway {
  /** Such as `https://ipfs.example.com`. */
  readonly url: string;
  readonly takePermit: TakePermit;
  /** Default 60 s: a gateway may have to look for the content first. */
  readonly timeoutMs?: number;
}

const defaultTimeoutMs = 60_000;
const blockBytesMax = 4 * 1024 * 1024;

/**
 * Asks a trustless gateway for the block that a CID names and hashes what comes: a gateway that answers something else
 * proves nothing. Resolves with what is wrong; undefined: it is retrievable.
 */
export async function askGateway(
  { url, takePermit, timeoutMs = defaultTimeoutMs }: Gateway,
  text: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  await takePermit(signal);
  const cid = CID.parse(text);
  try {
    const response = await fetch(`${url.replace(/\/+$/, '')}/ipfs/${text}?format=raw`, {
      headers: { accept: 'application/vnd.ipld.raw' },
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      return `The gateway answered ${response.status}.`;
    }
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const piece of response.body ?? []) {
      bytes += piece.byteLength;
      if (bytes > blockBytesMax) return 'The gateway answered more than a block.';
      hash.update(piece);
    }
    return hash.digest().equals(cid.multihash.digest) ? undefined : 'The gateway answered other bytes.';
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    const { name } = error as { name?: string };
    return name === 'TimeoutError'
      ? 'The gateway did not answer in time.'
      : 'The gateway could not be reached.';
  }
}
