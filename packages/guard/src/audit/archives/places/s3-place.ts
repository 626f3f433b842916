import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import {
  GetObjectCommand,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { ArchivePlace } from './archive-place.ts';

/**
 * A bucket of an S3-compatible store, `s3://bucket/prefix?region=…&endpoint=…`. What the URL leaves out, and credentials,
 * come the usual way of the AWS SDK (`AWS_ACCESS_KEY_ID`, `AWS_REGION`, `AWS_ENDPOINT_URL_S3`, a role …). Every archive
 * is read back after it was written, so object lock and versions are the bucket's own affair.
 */
export function s3Place(url: string, config: S3ClientConfig = {}): ArchivePlace {
  const { hostname: bucket, pathname, searchParams } = new URL(url);
  const prefix = pathname.replace(/^\/|\/$/g, '');
  const keyOf = (name: string): string => (prefix === '' ? name : `${prefix}/${name}`);
  const [region, endpoint] = [searchParams.get('region'), searchParams.get('endpoint')];
  const client = new S3Client({
    forcePathStyle: true,
    ...(region !== null && { region }),
    ...(endpoint !== null && { endpoint }),
    ...config,
  });
  return {
    name: url,
    async putFile(name, path) {
      // In pieces, so that an archive may be larger than one request may send (5 GiB).
      const params = { Bucket: bucket, Key: keyOf(name), Body: createReadStream(path) };
      await new Upload({ client, params, partSize: 16 * 1024 * 1024, queueSize: 2 }).done();
    },
    async putText(name, text) {
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: keyOf(name), Body: text }));
    },
    async read(name) {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: keyOf(name) }));
        return Body as Readable | undefined;
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined;
        throw error;
      }
    },
  };
}
