import { z } from 'zod';
import { roleSuffices } from '../access/roles.ts';
import { parseRange } from '../addresses/range.ts';
import { type Actor, recordChange } from '../audit/record-change.ts';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import { apiKeys } from '../database/schema.ts';
import { displayName } from '../display-name.ts';
import type { Keyring } from '../encryption/keyring.ts';
import { parseOrigin } from '../headers/origin.ts';
import { uuidv7 } from '../ids.ts';
import { findUser } from '../people/user.ts';
import { type FieldError, type Problem, refuse } from '../reply.ts';
import { generateApiKey, keyHints } from './format.ts';
import { hashApiKey } from './hash.ts';
import type { KeySummary } from './list-keys.ts';

const day = 24 * 60 * 60 * 1000;

export const windowSchema = z.strictObject({
  limit: z.int().min(1).max(1_000_000_000),
  windowMs: z
    .int()
    .min(1000)
    .max(30 * day),
});

export const newKeySchema = z.strictObject({
  /** Id or e-mail address of the owner. */
  owner: z.string().min(1).max(254),
  name: displayName(),
  service: z.string().min(1).max(32),
  environment: z.enum(['live', 'test']),
  scopes: z.array(z.string().min(1).max(64)).min(1).max(50),
  limits: z.array(windowSchema).min(1).max(5).optional(),
  /** Milliseconds from now until the key expires. */
  expiresInMs: z
    .int()
    .min(1000)
    .max(3650 * day)
    .optional(),
  allowedIps: z.array(z.string().min(2).max(50)).min(1).max(100).optional(),
  allowedOrigins: z.array(z.string().min(1).max(300)).min(1).max(100).optional(),
});
export type NewKey = z.output<typeof newKeySchema>;

/** The scopes of each service that keys may be made for. */
export type ScopeCatalogue = ReadonlyMap<string, Readonly<Record<string, string>>>;

export interface CreatedKey {
  readonly row: KeySummary;
  /** The full key: this is the only time that it exists outside its holder's hands (K2). */
  readonly key: string;
}

export interface CreateKeyDeps {
  readonly database: Database;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly scopes: ScopeCatalogue;
}

/** Makes a key. 422 with pointers for what is wrong; 404 when there is no such owner. */
export async function createKey(
  deps: CreateKeyDeps,
  wanted: NewKey,
  actor: Actor,
): Promise<CreatedKey | Problem> {
  const errors = fieldErrors(wanted, deps.scopes);
  if (errors.length > 0)
    return refuse('invalid_request', { detail: errors.map((error) => error.message).join(' '), errors });
  const { keyring, clock } = deps;
  const key = generateApiKey(wanted.service, wanted.environment, keyring.primary('checksum'));
  return deps.database.orm.transaction(async (tx) => {
    const owner = await findUser(tx, wanted.owner);
    if (owner === undefined) return refuse('not_found', { detail: `There is no person ${wanted.owner}.` });
    if (wanted.service === 'control' && !roleSuffices(owner.role, 'admin')) {
      return refuse('insufficient_permissions', {
        detail: 'A control key needs an owner with the role admin or super_admin.',
      });
    }
    const now = clock.now();
    const [row] = await tx
      .insert(apiKeys)
      .values({
        id: uuidv7(now),
        userId: owner.id,
        name: wanted.name,
        service: wanted.service,
        environment: wanted.environment,
        keyHash: hashApiKey(key, keyring.primary('pepper')),
        checksumKeyId: keyring.primary('checksum').id,
        ...keyHints(key),
        scopes: [...new Set(wanted.scopes)].sort(),
        limits: wanted.limits ?? null,
        allowedIps: wanted.allowedIps ?? null,
        allowedOrigins: wanted.allowedOrigins ?? null,
        createdAt: new Date(now),
        expiresAt: wanted.expiresInMs === undefined ? null : new Date(now + wanted.expiresInMs),
      })
      .returning();
    if (row === undefined) throw new Error('the new key was not stored');
    const { keyHash: _hash, ...after } = row;
    await recordChange(
      tx,
      actor,
      { action: 'keys.create', objectType: 'key', objectIds: [row.id], before: null, after },
      clock,
    );
    return { row: after, key };
  });
}

function fieldErrors(wanted: NewKey, catalogue: ScopeCatalogue): FieldError[] {
  const scopes = catalogue.get(wanted.service);
  if (scopes === undefined) {
    const known = [...catalogue.keys()].sort().join(', ');
    return [{ pointer: '/service', message: `There is no service ${wanted.service}; there are ${known}.` }];
  }
  const known = Object.keys(scopes).sort().join(', ');
  return [
    ...wanted.scopes.flatMap((scope, at) =>
      Object.hasOwn(scopes, scope)
        ? []
        : [
            {
              pointer: `/scopes/${at}`,
              message: `There is no scope ${scope} of ${wanted.service}; there are ${known}.`,
            },
          ],
    ),
    ...(wanted.allowedIps ?? []).flatMap((range, at) =>
      parseRange(range)
        ? []
        : [{ pointer: `/allowed_ips/${at}`, message: `${range} is no IP address or CIDR range.` }],
    ),
    ...(wanted.allowedOrigins ?? []).flatMap((origin, at) =>
      parseOrigin(origin) === origin
        ? []
        : [
            {
              pointer: `/allowed_origins/${at}`,
              message: `${origin} is no origin; write it like https://app.example.com.`,
            },
          ],
    ),
  ];
}
