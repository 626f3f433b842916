import { z } from 'zod';
import type { FieldError } from '../../reply.ts';
import { fieldErrors } from '../../validation/field-errors.ts';
import { bcryptBytesMax } from '../bcrypt/run-bcrypt.ts';
import { keySettings, type ScopeCatalogue, settingErrors, windowSchema } from '../key-settings.ts';
import type { DeclaredPattern } from './declared-patterns.ts';
import { type ImportedHash, readImportedHash } from './imported-hash.ts';

const time = z.iso.datetime({ offset: true });

/** One key of another system, as a line of JSON says it. */
export const importLineSchema = z.strictObject({
  hash: z.string().min(1).max(100).describe('bcrypt, or SHA-256 in hexadecimal, base64 or base64url'),
  algorithm: z.enum(['bcrypt', 'sha256']).nullish(),
  prefix: z.string().min(1).max(64).nullish().describe('First characters of the key; needed for bcrypt'),
  last_four: z.string().length(4).nullish(),
  name: keySettings.name,
  owner: z.string().min(1).max(254).describe('Id or e-mail address of the owner'),
  service: z.string().min(1).max(32),
  environment: z.enum(['live', 'test']),
  scopes: keySettings.scopes,
  limits: z
    .array(z.strictObject({ limit: windowSchema.shape.limit, window_seconds: z.int().min(1).max(2_592_000) }))
    .min(1)
    .max(5)
    .nullish(),
  allowed_ips: keySettings.allowedIps.nullish(),
  allowed_origins: keySettings.allowedOrigins.nullish(),
  created_at: time.nullish(),
  expires_at: time.nullish(),
});
export type ImportLine = z.output<typeof importLineSchema>;

/** A line in which nothing is wrong by itself. */
export interface CheckedLine {
  readonly line: number;
  readonly said: ImportLine;
  readonly hash: ImportedHash;
}

export interface LineRules {
  readonly scopes: ScopeCatalogue;
  readonly declared: DeclaredPattern;
  readonly nowMs: number;
}

/** Checks everything that a line says by itself; what is wrong is named by JSON pointers into it. */
export function checkLine(line: number, value: unknown, rules: LineRules): CheckedLine | FieldError[] {
  const parsed = importLineSchema.safeParse(value);
  if (!parsed.success) return fieldErrors(parsed.error, '');
  const said = parsed.data;
  const hash = readImportedHash(said.hash, said.algorithm ?? undefined);
  const settings = {
    service: said.service,
    scopes: said.scopes,
    allowedIps: said.allowed_ips,
    allowedOrigins: said.allowed_origins,
  };
  const errors = [
    ...settingErrors(settings, rules.scopes),
    ...('defect' in hash ? [{ pointer: '/hash', message: hash.defect }] : hashErrors(said, hash, rules)),
    ...prefixErrors(said, rules),
    ...(said.created_at && Date.parse(said.created_at) > rules.nowMs
      ? [{ pointer: '/created_at', message: 'lies in the future' }]
      : []),
  ];
  return errors.length > 0 || 'defect' in hash ? errors : { line, said, hash };
}

function hashErrors(said: ImportLine, { algorithm }: ImportedHash, { declared }: LineRules): FieldError[] {
  if (algorithm !== 'bcrypt') return [];
  const { lengthMax } = declared.pattern;
  return [
    ...(said.prefix ? [] : [{ pointer: '/prefix', message: 'is needed to find a key by its bcrypt hash' }]),
    ...(lengthMax > bcryptBytesMax
      ? [
          {
            pointer: '/hash',
            message: `bcrypt reads ${bcryptBytesMax} bytes of a key and the pattern allows ${lengthMax}: other keys with the same beginning would pass for it`,
          },
        ]
      : []),
  ];
}

function prefixErrors({ prefix }: ImportLine, { declared }: LineRules): FieldError[] {
  if (!prefix) return [];
  const { prefixLength, pattern } = declared;
  if (prefix.length !== prefixLength)
    return [
      { pointer: '/prefix', message: `has ${prefix.length} characters; the import declares ${prefixLength}` },
    ];
  return pattern.allowsPrefix(prefix)
    ? []
    : [{ pointer: '/prefix', message: 'is no beginning of a key of the declared pattern' }];
}
