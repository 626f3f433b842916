import type { HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import type { ReadBack, ReplicaItem } from '../replica.ts';
import type { FileDigests } from './file-digests.ts';

type Head = Pick<
  HeadObjectCommandOutput,
  'ContentLength' | 'ETag' | 'Metadata' | 'ServerSideEncryption' | 'SSECustomerAlgorithm'
>;

/**
 * What a store says of an object that was just sent: the same or other than the file; `none`: its words prove neither. An
 * ETag is an MD5 with S3, R2 and MinIO, not with every store, and not where a store encrypts with a key of the account: there
 * the SHA-256 that was written with the object stands for the upload, whose parts the store checked by their signatures.
 */
export function proofByHead(kept: Head, item: ReplicaItem, digests: FileDigests): ReadBack | 'none' {
  if (kept.ContentLength !== item.bytes) return 'altered';
  const etag = kept.ETag?.replaceAll('"', '').toLowerCase() ?? '';
  if (etag === digests.etag) return 'same';
  const isEncrypted =
    kept.ServerSideEncryption?.startsWith('aws:kms') === true || kept.SSECustomerAlgorithm !== undefined;
  const looksLikeMd5 = /^[0-9a-f]{32}(-\d{1,5})?$/.test(etag) && !isEncrypted;
  if (looksLikeMd5) return 'none';
  return kept.Metadata?.sha256 === item.sha256 ? 'same' : 'none';
}
