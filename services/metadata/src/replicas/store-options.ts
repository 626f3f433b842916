import type { ImageKitOptions } from './imagekit/imagekit-options.ts';
import type { Replica, StoreName } from './replica.ts';

/** Which stores hold replicas of media besides the local disk. */
export interface StoreOptions {
  /** `s3://bucket/prefix?endpoint=…&region=…`, with the keys as user and password or from the environment. */
  readonly s3Url?: string | undefined;
  readonly imageKit?: ImageKitOptions | undefined;
}

/** The stores that are configured. `takesPrivate`: files that are not public go there too. */
export function configuredStores({
  s3Url,
  imageKit,
}: StoreOptions): { name: StoreName; takesPrivate: boolean }[] {
  return [
    ...(s3Url === undefined ? [] : [{ name: 's3' as const, takesPrivate: true }]),
    ...(imageKit === undefined ? [] : [{ name: 'imagekit' as const, takesPrivate: false }]),
  ];
}

/** Opens them. The SDK of S3 is large and loaded only where it is needed. */
export async function openReplicas({ s3Url, imageKit }: StoreOptions): Promise<Replica[]> {
  const replicas: Replica[] = [];
  if (s3Url !== undefined) replicas.push((await import('./s3/s3-replica.ts')).s3Replica(s3Url));
  if (imageKit !== undefined)
    replicas.push((await import('./imagekit/imagekit-replica.ts')).imageKitReplica(imageKit));
  return replicas;
}
