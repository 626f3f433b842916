import type { Clock, Keyring } from '@keyward/guard';
import type { Database } from '@keyward/guard/database';

export interface WebhookDeps {
  readonly database: Database;
  readonly clock: Clock;
  /** Seals secrets. */
  readonly keyring: Keyring;
  /** Allows endpoints on private and loopback addresses, also by http. For intranets and tests. */
  readonly privateAddressesAllowed: boolean;
}
