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
import { type Replica, type ReplicaItem, StoreAway } from '../replica.ts';
import { digestsOf } from './file-digests.ts';
import { parseS3Url, type S3Place } from './parse-s3-url.ts';
import { proofByHead } from './proof-by-head.ts';
import { readBack } from './read-back.ts';
import { messageOf, told } from './told.ts';

const partBytes = 8 * 1024 * 1024;
const connectMsMax = 10_000;

/**
 * A bucket of an S3-compatible store. Objects have the access of the bucket and no ACL of their own: what is private stays
 * private. `silenceMsMax`: after so long without a byte it is taken for away. Throws `RangeError` for a malformed URL.
 */
export function s3Replica(url: string, silenceMsMax = 60_000): Replica {
  const place = parseS3Url(url);
  if (place === undefined) throw new RangeError('not a URL such as s3://bucket/prefix?endpoint=&region=');
  const client = clientOf(place, silenceMsMax);
  const bucket = place.bucket;
  const keyOf = ({ ownerKey, environment, sha256 }: ReplicaItem) =>
    [place.prefix, ownerKey, environment, sha256.slice(0, 2), sha256].filter((part) => part !== '').join('/');
  return {
    name: 's3',
    async put(item, file, signal) {
      const key = { Bucket: bucket, Key: keyOf(item) };
      const digests = await digestsOf(file, partBytes, signal);
      // What is no longer what was uploaded must not take the place of a copy that is.
      if (digests.sha256 !== item.sha256) throw new Error('the file on this machine is not what it was');
      if (item.bytes > partBytes) await abortUnfinished(client, key, signal);
      await upload(client, key, item, file, signal);
      const kept = await told(() => client.send(new HeadObjectCommand(key), { abortSignal: signal }));
      let proof = proofByHead(kept, item, digests);
      if (proof === 'none') proof = await readBack(client, key, item, signal);
      if (proof !== 'same')
        throw new StoreAway('the store keeps something else than was sent', undefined, 'file');
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
    prove: (item, signal) => readBack(client, { Bucket: bucket, Key: keyOf(item) }, item, signal),
    async delete(item, _remoteId, signal) {
      const key = { Bucket: bucket, Key: keyOf(item) };
      await told(() => client.send(new DeleteObjectCommand(key), { abortSignal: signal }));
      if (item.bytes > partBytes) await abortUnfinished(client, key, signal);
    },
  };
}

function clientOf({ endpoint, region, credentials }: S3Place, silenceMsMax: number): S3Client {
  return new S3Client({
    // By itself it waits for ever.
    requestHandler: { connectionTimeout: connectMsMax, socketTimeout: silenceMsMax },
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

export interface ObjectKey {
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
  const params = {
    ...key,
    Body: createReadStream(file),
    ContentType: item.type,
    Metadata: { sha256: item.sha256 },
  };
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
      if (key === Key)
        await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }), {
          abortSignal: signal,
        });
  } catch (error) {
    // Not every store lists them, and not every account may.
    if (!(error instanceof S3ServiceException)) throw new StoreAway(messageOf(error));
  }
}
