import { createHash } from 'node:crypto';
import { GetObjectCommand, type S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import type { ReadBack, ReplicaItem } from '../replica.ts';
import type { ObjectKey } from './s3-replica.ts';
import { told } from './told.ts';

const readMsMax = 600_000;

/** Reads an object whole and hashes it. Throws `StoreAway`. */
export async function readBack(
  client: S3Client,
  key: ObjectKey,
  item: ReplicaItem,
  signal: AbortSignal,
): Promise<ReadBack> {
  const abortSignal = AbortSignal.any([signal, AbortSignal.timeout(readMsMax)]);
  return told(async () => {
    try {
      const { Body } = await client.send(new GetObjectCommand(key), { abortSignal });
      return Body === undefined ? 'missing' : await judge(Body.transformToWebStream(), item);
    } catch (error) {
      const found = withoutObject(error);
      if (found === undefined) throw error;
      return found;
    }
  });
}

async function judge(body: ReadableStream<Uint8Array>, item: ReplicaItem): Promise<ReadBack> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const piece of body) {
    bytes += piece.byteLength;
    if (bytes > item.bytes) return 'altered';
    hash.update(piece);
  }
  return hash.digest('hex') === item.sha256 ? 'same' : 'altered';
}

/**
 * "Denied" is what a store answers for what is not there to an account that may not list: sending the file again finds out
 * which it is. What is wrong with a key itself has other names.
 */
function withoutObject(error: unknown): 'missing' | 'denied' | undefined {
  if (!(error instanceof S3ServiceException)) return undefined;
  if (error.name === 'AccessDenied') return 'denied';
  return error.name === 'NoSuchKey' || error.name === 'NotFound' ? 'missing' : undefined;
}
