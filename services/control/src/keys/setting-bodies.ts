import type { KeyChangesWanted, NewKey, Window } from '@keyward/guard';
import { z } from 'zod';
import { windowSchema } from './key-schema.ts';

/** The settings of a key as JSON names them: windows and times in seconds. */
export const settingFields = {
  name: z.string().min(1).max(100),
  scopes: z.array(z.string().min(1).max(64)).min(1).max(50),
  limits: z.array(windowSchema).min(1).max(5),
  expires_in_seconds: z
    .int()
    .min(1)
    .max(3650 * 24 * 3600),
  allowed_ips: z.array(z.string().min(2).max(50)).min(1).max(100),
  allowed_origins: z.array(z.string().min(1).max(300)).min(1).max(100),
  uses_max: z.int().min(1).max(1_000_000_000_000).describe('Requests that it and its successors may make'),
  rotate_every_days: z
    .int()
    .min(0)
    .max(3650)
    .describe('Days after which it should be rotated, 90 unless said otherwise; 0: never'),
};

export const newKeyBody = z.strictObject({
  owner: z.string().min(1).max(254).describe('Id or e-mail address of the owner'),
  name: settingFields.name,
  service: z.string().min(1).max(32),
  environment: z.enum(['live', 'test']),
  scopes: settingFields.scopes,
  limits: settingFields.limits.optional(),
  expires_in_seconds: settingFields.expires_in_seconds.optional(),
  allowed_ips: settingFields.allowed_ips.optional(),
  allowed_origins: settingFields.allowed_origins.optional(),
  uses_max: settingFields.uses_max.optional(),
  rotate_every_days: settingFields.rotate_every_days.optional(),
});

/** What is left out stays; null takes a restriction away. */
export const keyChangesBody = z.strictObject({
  name: settingFields.name.optional(),
  scopes: settingFields.scopes.optional(),
  limits: settingFields.limits.nullish(),
  expires_in_seconds: settingFields.expires_in_seconds.nullish(),
  allowed_ips: settingFields.allowed_ips.nullish(),
  allowed_origins: settingFields.allowed_origins.nullish(),
  uses_max: settingFields.uses_max.nullish(),
  rotate_every_days: settingFields.rotate_every_days.optional(),
});

type Changes = z.output<typeof keyChangesBody>;

/** What a body says, in the names and units of the core. */
export function changesOf({
  limits,
  expires_in_seconds: expiresInSeconds,
  ...body
}: Changes): KeyChangesWanted {
  return {
    name: body.name,
    scopes: body.scopes,
    limits: limits === null ? null : limits?.map(windowOf),
    expiresInMs: expiresInSeconds && expiresInSeconds * 1000,
    allowedIps: body.allowed_ips,
    allowedOrigins: body.allowed_origins,
    usesMax: body.uses_max,
    rotateEveryDays: body.rotate_every_days,
  };
}

/** The key that a body asks for, in the names and units of the core. */
export function newKeyOf({
  limits,
  expires_in_seconds: expiresInSeconds,
  ...body
}: z.output<typeof newKeyBody>): NewKey {
  return {
    owner: body.owner,
    name: body.name,
    service: body.service,
    environment: body.environment,
    scopes: body.scopes,
    limits: limits?.map(windowOf),
    expiresInMs: expiresInSeconds && expiresInSeconds * 1000,
    allowedIps: body.allowed_ips,
    allowedOrigins: body.allowed_origins,
    usesMax: body.uses_max,
    rotateEveryDays: body.rotate_every_days,
  };
}

const windowOf = ({ limit, window_seconds }: z.output<typeof windowSchema>): Window => ({
  limit,
  windowMs: window_seconds * 1000,
});
