import { createHash } from 'node:crypto';
import type { Environment, KeyCaller } from '@keyward/guard';

export type MediaOwner = Pick<KeyCaller, 'userId' | 'environment'>;

/**
 * Where bytes lie in a store: by content within one owner and environment, so that no answer and no timing tells
 * whether somebody else has the same file (N5, K5).
 */
export interface MediaPlace {
  readonly ownerKey: string;
  readonly environment: Environment;
  /** 64 lower-case hexadecimal digits. */
  readonly sha256: string;
}

/** A name for an owner that is safe as a folder or object key, whatever the user id looks like. */
export function ownerKeyOf(userId: string): string {
  return createHash('sha256').update(`media owner\0${userId}`).digest('hex').slice(0, 32);
}

export function mediaPlace(owner: MediaOwner, sha256: string): MediaPlace {
  return { ownerKey: ownerKeyOf(owner.userId), environment: owner.environment, sha256 };
}
