import { count } from 'drizzle-orm';
import type { Transaction } from '../database/database.ts';
import { apiKeys } from '../database/schema.ts';
import type { Counts, DataKeeper } from '../service.ts';
import { notEnded } from './hand-over-keys.ts';

/** How much of each kind a person owns: living keys, and what the services keep. Kinds with none are left out. */
export async function ownedBy(
  tx: Transaction,
  services: readonly DataKeeper[],
  userId: string,
  at: Date,
): Promise<Counts> {
  const [keys] = await tx.select({ count: count() }).from(apiKeys).where(notEnded(userId, at));
  const all: Record<string, number> = { keys: keys?.count ?? 0 };
  for (const service of services) Object.assign(all, await service.owned?.(tx, userId));
  return Object.fromEntries(Object.entries(all).filter(([, many]) => many > 0));
}

/** `3 keys, 12 usage events`. */
export function inWords(counts: Counts): string {
  return Object.entries(counts)
    .map(([kind, many]) => `${many} ${kind.replaceAll('_', ' ')}`)
    .join(', ');
}
