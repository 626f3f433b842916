import {
  type BetterAuth,
  betterAuthPool,
  createBetterAuthKeys,
  openBetterAuth,
} from '../better-auth/open-better-auth.ts';
import { inRotation } from './in-rotation.ts';
import type { Operation } from './operation.ts';

/** The names under which the figures are found again; `64` and `1`: how many are in flight. */
export const betterAuthNames = {
  unlimited64: 'Better Auth verifyApiKey, its limits off, 64 in flight',
  unlimited1: 'Better Auth verifyApiKey, its limits off, one at a time',
  limited64: 'Better Auth verifyApiKey, 64 in flight',
  limited1: 'Better Auth verifyApiKey, one at a time',
} as const;

const connectionsMax = 20;

export interface BetterAuthOperations {
  readonly operations: readonly Operation[];
  close(): Promise<void>;
}

/**
 * P5: the key plugin of Better Auth on the same PostgreSQL, in a database of its own with the tables that its own
 * migration makes. Its limits are on by default (10 a day for each key, here so many that nobody reaches them).
 */
export async function betterAuthOperations(
  databaseUrl: string,
  keyCount: number,
): Promise<BetterAuthOperations> {
  const pool = await betterAuthPool(databaseUrl, connectionsMax);
  const limited = openBetterAuth({ pool, limitsAreOn: true });
  const unlimited = openBetterAuth({ pool, limitsAreOn: false });
  const keys = await createBetterAuthKeys(limited, keyCount);
  const operation = (name: string, verifier: BetterAuth, inFlight: number): Operation =>
    inRotation({ name, keys, inFlight, verify: (key) => verify(verifier, key) });
  return {
    operations: [
      operation(betterAuthNames.unlimited64, unlimited, 64),
      operation(betterAuthNames.unlimited1, unlimited, 1),
      operation(betterAuthNames.limited64, limited, 64),
      operation(betterAuthNames.limited1, limited, 1),
    ],
    close: () => pool.end(),
  };
}

async function verify({ api }: BetterAuth, key: string): Promise<void> {
  const { valid } = await api.verifyApiKey({ body: { key } });
  if (!valid) throw new Error('Better Auth refuses a key that it made');
}
