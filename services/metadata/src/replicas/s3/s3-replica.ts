import { createReadStream } from 'node:fs';
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { retryAfterMs, systemClock } from '@keyward/guard';
import { type Replica, type ReplicaItem, StoreAway } from '../replica.ts';
import { parseS3Url, type S3Place } from './parse-s3-url.ts';

const partBytes = 8 * 1024 * 1024;

/**
 * A bucket of an S3-compatible store. Objects have the access of the bucket and no ACL of their own: what is private stays
 * private. Throws `RangeError` for a malformed URL.
 */
export function s3Replica(url: string): Replica {
  const place = parseS3Url(url);
  if (place === undefined) throw new RangeError('not a URL such as s3://bucket/prefix?endpoint=&region=');
  const client = clientOf(place);
  const bucket = place.bucket;
  const keyOf = ({ ownerKey, environment, sha256 }: ReplicaItem) =>
    [place.prefix, ownerKey, environment, sha256.slice(0, 2), sha256].filter((part) => part !== '').join('/');
  return {
    name: 's3',
    async put(item, file, signal) {
      const key = { Bucket: bucket, Key: keyOf(item) };
      if (item.bytes > partBytes) await abortUnfinished(client, key, signal);
      await upload(client, key, item, file, signal);
      const kept = await told(() => client.send(new HeadObjectCommand(key), { abortSignal: signal }));
      if (kept.ContentLength !== item.bytes) throw new StoreAway('the object is not as long as the file');
      return { kind: 'stored', remoteId: null, url: null };
    },
    async open(item, { start, end }, signal) {
      const request = new GetObjectCommand({
        Bucket: bucket,
        Key: keyOf(item),
        Range: `bytes=${start}-${end}`,
      });
      const { Body } = await told(() => client.send(request, { abortSignal: signal }));
      if (Body === undefined) throw new StoreAway('the object came without bytes');
      return Body.transformToWebStream() as ReadableStream<Uint8Array>;
    },
    async delete(item, _remoteId, signal) {
      const request = new DeleteObjectCommand({ Bucket: bucket, Key: keyOf(item) });
      await told(() => client.send(request, { abortSignal: signal }));
    },
  };
}

function clientOf({ endpoint, region, credentials }: S3Place): S3Client {
  return new S3Client({
    forcePathStyle: endpoint !== undefined,
    // R2, MinIO and others do not know all the checksums that S3 itself has come to expect.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // Rows are tried again by the job, which knows the others that wait.
    maxAttempts: 1,
    ...(region !== undefined && { region }),
    ...(endpoint !== undefined && { endpoint }),
    ...(credentials && { credentials }),
  });
}

interface ObjectKey {
  readonly Bucket: string;
  readonly Key: string;
}

async function upload(
  client: S3Client,
  key: ObjectKey,
  item: ReplicaItem,
  file: string,
  signal: AbortSignal,
) {
  const params = { ...key, Body: createReadStream(file), ContentType: item.type };
  const sending = new Upload({ client, params, partSize: partBytes, queueSize: 2 });
  const abort = () => void sending.abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    await told(() => sending.done());
  } finally {
    signal.removeEventListener('abort', abort);
    params.Body.destroy();
  }
}

/** Parts that a process left behind when it died are kept, and paid for, until somebody aborts them. */
async function abortUnfinished(
  client: S3Client,
  { Bucket, Key }: ObjectKey,
  signal: AbortSignal,
): Promise<void> {
  try {
    const request = new ListMultipartUploadsCommand({ Bucket, Prefix: Key });
    const { Uploads = [] } = await client.send(request, { abortSignal: signal });
    for (const { Key: key, UploadId } of Uploads)
      if (key === Key) await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
  } catch (error) {
    // Not every store lists them, and not every account may.
    if (!(error instanceof S3ServiceException)) throw new StoreAway(String((error as Error).message));
  }
}

/** Does it; what goes wrong is told by its code, and with the store's own wish for how long to wait. */
async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof S3ServiceException)) throw new StoreAway(messageOf(error));
    const status = error.$metadata.httpStatusCode;
    const header = (error.$response?.headers as Record<string, string> | undefined)?.['retry-after'];
    throw new StoreAway(
      `the store answered ${status ?? 'nothing'} ${error.name}`,
      retryAfterMs(header, systemClock.now()),
    );
  }
}

function messageOf(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return typeof code === 'string' ? code : String(message ?? error);
}
