import type { Clock } from '@keyward/guard';
import type { Database } from '@keyward/guard/database';
import type { TokenUriCache } from '../token-uris/token-uri-cache.ts';
import type { FreezeProofs } from './freeze/freeze-proofs.ts';

export interface DocumentDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly tokenUris: TokenUriCache;
  readonly proofs: FreezeProofs;
}
