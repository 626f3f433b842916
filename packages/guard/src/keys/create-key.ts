import { z } from 'zod';
import { type Actor, recordChange } from '../audit/record-change.ts';
import type { Clock } from '../clock.ts';
import type { Database, Transaction } from '../database/database.ts';
import { apiKeys } from '../database/schema.ts';
import type { Keyring } from '../encryption/keyring.ts';
import { uuidv7 } from '../ids.ts';
import { keyOwner } from '../people/owner-refusal.ts';
import { isProblem, type Problem, refuse } from '../reply.ts';
import { controlKeyRefusal } from './control-keys.ts';
import { generateApiKey, keyHints } from './format.ts';
import { type HashNewKeyDeps, hashNewKey } from './hash-new-key.ts';
import { keySettings, type ScopeCatalogue, scopeSet, settingErrors } from './key-settings.ts';
import { type KeySummary, showKey } from './list-keys.ts';
import { keyUses } from './schema.ts';

export const newKeySchema = z.strictObject({
  /** Id or e-mail address of the owner. */
  owner: z.string().min(1).max(254),
  name: keySettings.name,
  service: z.string().min(1).max(32),
  environment: z.enum(['live', 'test']),
  scopes: keySettings.scopes,
  limits: keySettings.limits.optional(),
  expiresInMs: keySettings.expiresInMs.optional(),
  allowedIps: keySettings.allowedIps.optional(),
  allowedOrigins: keySettings.allowedOrigins.optional(),
  usesMax: keySettings.usesMax.optional(),
  /** Default 90. */
  rotateEveryDays: keySettings.rotateEveryDays.optional(),
});
export type NewKey = z.output<typeof newKeySchema>;

export interface CreatedKey {
  readonly row: KeySummary;
  /** The full key: this is the only time that it exists outside its holder's hands (K2). */
  readonly key: string;
}

export interface CreateKeyDeps extends HashNewKeyDeps {
  readonly database: Database;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly scopes: ScopeCatalogue;
}

/** Makes a key. 422 with pointers for what is wrong; 404 when there is no such owner, 409 when they are banned. */
export async function createKey(
  deps: CreateKeyDeps,
  wanted: NewKey,
  actor: Actor,
): Promise<CreatedKey | Problem> {
  const errors = settingErrors(wanted, deps.scopes);
  if (errors.length > 0)
    return refuse('invalid_request', { detail: errors.map((error) => error.message).join(' '), errors });
  const { keyring, clock } = deps;
  const key = generateApiKey(wanted.service, wanted.environment, keyring.primary('checksum'));
  const keyHash = await hashNewKey(key, deps);
  if (isProblem(keyHash)) return keyHash;
  return deps.database.orm.transaction(async (tx) => {
    const owner = await keyOwner(tx, wanted.owner, clock.now());
    if (isProblem(owner)) return owner;
    const refusal = controlKeyRefusal(wanted.service, owner, actor);
    if (refusal !== undefined) return refusal;
    const now = clock.now();
    const [row] = await tx
      .insert(apiKeys)
      .values({
        id: uuidv7(now),
        userId: owner.id,
        name: wanted.name,
        service: wanted.service,
        environment: wanted.environment,
        keyHash,
        checksumKeyId: keyring.primary('checksum').id,
        ...keyHints(key),
        scopes: scopeSet(wanted.scopes),
        limits: wanted.limits ?? null,
        allowedIps: wanted.allowedIps ?? null,
        allowedOrigins: wanted.allowedOrigins ?? null,
        usesId: wanted.usesMax === undefined ? null : await openCount(tx, wanted.usesMax, now),
        ...(wanted.rotateEveryDays !== undefined && { rotateEveryDays: wanted.rotateEveryDays }),
        createdAt: new Date(now),
        expiresAt: wanted.expiresInMs === undefined ? null : new Date(now + wanted.expiresInMs),
      })
      .returning();
    if (row === undefined) throw new Error('the new key was not stored');
    const { keyHash: _hash, ...after } = row;
    const change = { action: 'keys.create', objectType: 'key', objectIds: [row.id], before: null, after };
    await recordChange(tx, actor, change, clock);
    const summary = await showKey(tx, row.id);
    if (summary === undefined) throw new Error('the new key was not stored');
    return { row: summary, key };
  });
}

/** A new count of uses; gives its id. */
export async function openCount(tx: Transaction, usesMax: number, nowMs: number): Promise<string> {
  const id = uuidv7(nowMs);
  await tx.insert(keyUses).values({ id, usesMax });
  return id;
}
