import type { AuditEntry } from '../audit/entry.ts';
import { createGuard, type Guard, type GuardOptions } from '../guard.ts';
import { uuidv7 } from '../ids.ts';
import { generateApiKey, keyHints } from '../keys/format.ts';
import { hashApiKey } from '../keys/hash.ts';
import { createKeyCache, type KeyCache } from '../keys/memory/key-cache.ts';
import { ownKeys } from '../keys/own-keys.ts';
import type { StoredKey } from '../keys/stored-key.ts';
import { createKeyVerifier } from '../keys/verify-key.ts';
import { memoryLimits } from '../limits/memory-limits.ts';
import type { AnyService } from '../service.ts';
import { type FakeClock, fakeClock } from './fake-clock.ts';
import { testKeyring } from './test-keyring.ts';

export interface TestGuard {
  readonly guard: Guard;
  readonly clock: FakeClock;
  /** The audit entries of all answers so far. */
  readonly entries: AuditEntry[];
  readonly cache: KeyCache;
  /** Rows of the key store; change one and drop it from the cache, as a notification would. */
  readonly rows: Map<string, StoredKey>;
  /** How often the key store was asked. */
  readonly lookUps: () => number;
  issueKey(row?: Partial<StoredKey>): { key: string; row: StoredKey };
  /** Sends a request from `peer` (default 203.0.113.7). */
  send(path: string, init?: RequestInit, peer?: string): Promise<Response>;
}

/** A guard around the services with everything in memory and a clock that stands still. */
export function createTestGuard(
  services: readonly AnyService[],
  options: Partial<GuardOptions> = {},
): TestGuard {
  const clock = fakeClock();
  const keyring = testKeyring();
  const rows = new Map<string, StoredKey>();
  const entries: AuditEntry[] = [];
  const cache = createKeyCache();
  let lookUps = 0;
  const lookUp = async (hashes: readonly string[]): Promise<StoredKey | undefined> => {
    lookUps += 1;
    return [...rows.values()].find((row) => row.keyHash !== null && hashes.includes(row.keyHash));
  };
  const append = async (entry: AuditEntry): Promise<void> => void entries.push(entry);
  const guard = createGuard({
    services,
    keys: createKeyVerifier({ cache, finders: [ownKeys(keyring, lookUp)], clock }),
    limits: memoryLimits({ clock }),
    journal: { append, appendSynced: append },
    clock,
    ...options,
  });
  return {
    guard,
    clock,
    entries,
    cache,
    rows,
    lookUps: () => lookUps,
    issueKey(partial = {}) {
      const { service = 'shop', environment = 'live' } = partial;
      const key = generateApiKey(service, environment, keyring.primary('checksum'));
      const row: StoredKey = {
        ...blankRow(clock.now()),
        service,
        environment,
        keyHash: hashApiKey(key, keyring.primary('pepper')),
        checksumKeyId: keyring.primary('checksum').id,
        ...keyHints(key),
        ...partial,
      };
      rows.set(row.id, row);
      return { key, row };
    },
    send: (path, init = {}, peer = '203.0.113.7') =>
      guard.handle(new Request(`http://api.test${path}`, init), { address: peer }),
  };
}

function blankRow(
  nowMs: number,
): Omit<StoredKey, 'service' | 'environment' | 'keyHash' | 'checksumKeyId' | 'prefix' | 'lastFour'> {
  return {
    id: uuidv7(nowMs),
    userId: 'owner-1',
    name: 'test key',
    scopes: [],
    limits: null,
    allowedIps: null,
    allowedOrigins: null,
    isActive: true,
    createdAt: new Date(nowMs),
    expiresAt: null,
    revokedAt: null,
    deactivatedAt: null,
    lastUsedAt: null,
    lastUsedIp: null,
    usesId: null,
    importId: null,
    claimId: null,
    claimedAt: null,
    graceEndsAt: null,
    emergencyId: null,
    rotateEveryDays: 90,
    ownerRole: 'user',
    ownerBanned: false,
    ownerBanExpires: null,
    usesMax: null,
    used: null,
  };
}
