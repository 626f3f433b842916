import { hash } from 'node:crypto';
import type { S3Client } from '@aws-sdk/client-s3';
import type { AnchoredNote, AnchorPlace, AnchorTarget } from './anchor-place.ts';

const dayMs = 86_400_000;
const attemptTimeoutMs = 20_000;

/**
 * An object for each checkpoint, written under object lock in compliance mode: until its retention ends nobody can remove
 * or replace it, the account's owner included. The bucket must have been made with object lock.
 */
export async function s3Place(target: Extract<AnchorTarget, { kind: 's3' }>): Promise<AnchorPlace> {
  // Loaded only where it is used: it is the largest part of a node's memory otherwise.
  const s3 = await import('@aws-sdk/client-s3');
  const { bucket, prefix, region, endpoint, retentionDays } = target;
  const client: S3Client = new s3.S3Client({
    region: region ?? 'us-east-1',
    ...(endpoint !== undefined && { endpoint, forcePathStyle: true }),
  });
  const base = prefix === '' ? '' : `${prefix}/`;

  const put = async (key: string, { note, signedAt }: AnchoredNote): Promise<boolean> => {
    const command = new s3.PutObjectCommand({
      Bucket: bucket,
      Key: key,
      Body: note,
      ContentType: 'text/plain; charset=utf-8',
      IfNoneMatch: '*',
      ObjectLockMode: 'COMPLIANCE',
      ObjectLockRetainUntilDate: new Date(signedAt + retentionDays * dayMs),
    });
    try {
      await client.send(command, { abortSignal: AbortSignal.timeout(attemptTimeoutMs) });
      return true;
    } catch (error) {
      if ((error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode !== 412)
        throw error;
      return false;
    }
  };

  const stored = async (key: string): Promise<string | undefined> => {
    const command = new s3.GetObjectCommand({ Bucket: bucket, Key: key });
    const { Body } = await client.send(command, { abortSignal: AbortSignal.timeout(attemptTimeoutMs) });
    return Body?.transformToString();
  };

  return {
    name: `s3:${endpoint ?? ''}:${bucket}/${base}`,
    async keep(notes) {
      for (const each of notes) {
        const key = `${base}${each.origin}/${String(each.number).padStart(12, '0')}.txt`;
        if ((await put(key, each)) || (await stored(key)) === each.note) continue;
        // Another checkpoint of this number is there: a copy of the database was restored. Both are kept as evidence.
        await put(key.replace(/\.txt$/, `.${hash('sha256', each.note, 'hex').slice(0, 16)}.txt`), each);
      }
    },
    close: async () => client.destroy(),
  };
}
