import { eq } from 'drizzle-orm';
import { z } from 'zod';
import { type Actor, recordChange } from '../audit/record-change.ts';
import type { Transaction } from '../database/database.ts';
import { apiKeys } from '../database/schema.ts';
import { type Problem, refuse } from '../reply.ts';
import { controlKeyRefusal } from './control-keys.ts';
import { type CreateKeyDeps, openCount } from './create-key.ts';
import { keySettings, scopeSet, settingErrors } from './key-settings.ts';
import { type KeySummary, showKey } from './list-keys.ts';
import { keyUses } from './schema.ts';
import { findKey, type StoredKey } from './stored-key.ts';

/** What is to be changed; null takes a restriction away, what is left out stays. */
export const keyChangesSchema = z.strictObject({
  name: keySettings.name.optional(),
  scopes: keySettings.scopes.optional(),
  limits: keySettings.limits.nullish(),
  expiresInMs: keySettings.expiresInMs.nullish(),
  allowedIps: keySettings.allowedIps.nullish(),
  allowedOrigins: keySettings.allowedOrigins.nullish(),
  usesMax: keySettings.usesMax.nullish(),
  rotateEveryDays: keySettings.rotateEveryDays.optional(),
});
export type KeyChangesWanted = z.output<typeof keyChangesSchema>;

/**
 * Changes a key on every node (K10: the trigger on `api_keys` tells them). 422 with pointers for what is wrong, 404 when
 * there is no such key, 409 for one that is revoked or inactive.
 */
export async function updateKey(
  deps: CreateKeyDeps,
  id: string,
  wanted: KeyChangesWanted,
  actor: Actor,
): Promise<KeySummary | Problem> {
  const { database, clock, scopes } = deps;
  return database.orm.transaction(async (tx) => {
    await tx.select({ id: apiKeys.id }).from(apiKeys).where(eq(apiKeys.id, id)).for('update');
    const key = await findKey(tx, id);
    if (key === undefined) return noSuchKey(id);
    if (key.revokedAt !== null || !key.isActive)
      return refuse('conflict', { detail: 'This key is revoked or inactive, and stays so.' });
    const errors = settingErrors({ ...wanted, service: key.service }, scopes);
    if (errors.length > 0)
      return refuse('invalid_request', { detail: errors.map((error) => error.message).join(' '), errors });
    const forbidden = controlKeyRefusal(key.service, { role: key.ownerRole }, actor);
    if (forbidden !== undefined) return forbidden;
    const changes = await columnsOf(tx, key, wanted, clock.now());
    if (Object.keys(changes).length > 0) await tx.update(apiKeys).set(changes).where(eq(apiKeys.id, id));
    const change = {
      action: 'keys.update',
      objectType: 'key',
      objectIds: [id],
      before: { ...pick(key, changes), ...(wanted.usesMax !== undefined && { usesMax: key.usesMax }) },
      after: { ...changes, ...(wanted.usesMax !== undefined && { usesMax: wanted.usesMax }) },
    };
    await recordChange(tx, actor, change, clock);
    return (await showKey(tx, id)) ?? noSuchKey(id);
  });
}

const noSuchKey = (id: string): Problem => refuse('not_found', { detail: `There is no key ${id}.` });

type Columns = Partial<typeof apiKeys.$inferInsert>;

async function columnsOf(
  tx: Transaction,
  key: StoredKey,
  wanted: KeyChangesWanted,
  nowMs: number,
): Promise<Columns> {
  const { scopes, expiresInMs, usesMax, ...same } = wanted;
  const changes: Columns = Object.fromEntries(
    Object.entries(same).filter(([, value]) => value !== undefined),
  );
  if (scopes !== undefined) changes.scopes = scopeSet(scopes);
  if (expiresInMs !== undefined)
    changes.expiresAt = expiresInMs === null ? null : new Date(nowMs + expiresInMs);
  // Whoever shares the count shares its new maximum; taking it away frees this key only.
  if (usesMax === null) changes.usesId = null;
  else if (usesMax !== undefined && key.usesId === null) changes.usesId = await openCount(tx, usesMax, nowMs);
  else if (usesMax !== undefined && key.usesId !== null)
    await tx.update(keyUses).set({ usesMax }).where(eq(keyUses.id, key.usesId));
  return changes;
}

function pick(key: StoredKey, columns: Columns): Partial<StoredKey> {
  return Object.fromEntries(Object.keys(columns).map((name) => [name, key[name as keyof StoredKey]]));
}
