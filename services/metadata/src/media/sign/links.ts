import { timingSafeEqual } from 'node:crypto';
import { hmacSha256, type Keyring, type KeyringKey } from '@keyward/guard';
import type { ThumbnailSize } from '../thumbnails/thumbnail-size.ts';

/** What a link gives to whoever has it: reading one file, or one thumbnail of it, while it stays its owner's. */
export interface LinkGrant {
  readonly id: string;
  readonly userId: string;
  readonly environment: string;
  readonly size: ThumbnailSize | undefined;
  /** Seconds since 1970. */
  readonly expires: number;
}

export interface Links {
  /** The path and query to read at. */
  issue(grant: LinkGrant): string;
  /** Whether `signature` was made for exactly this grant. Does not look at the time. */
  holds(grant: LinkGrant, signature: string): boolean;
}

/** Signs links with an HMAC of the keyring. A link is for GET alone, and says nothing about its owner. */
export function createLinks(keyring: Keyring): Links {
  return {
    issue(grant) {
      const query = new URLSearchParams({
        expires: String(grant.expires),
        ...(grant.size !== undefined && { size: grant.size }),
        signature: macOf(grant, keyring.primary('claims')).toString('base64url'),
      });
      return `/api/media/${grant.id}/signed?${query}`;
    },
    holds(grant, signature) {
      const given = Buffer.from(signature, 'base64url');
      return keyring.all('claims').some((key) => {
        const mac = macOf(grant, key);
        return given.length === mac.length && timingSafeEqual(given, mac);
      });
    },
  };
}

function macOf({ id, userId, environment, size, expires }: LinkGrant, key: KeyringKey): Buffer {
  return hmacSha256(
    key,
    JSON.stringify(['media link v1', 'GET', id, userId, environment, size ?? '', expires]),
  );
}
