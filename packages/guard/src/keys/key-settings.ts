import { z } from 'zod';
import { parseRange } from '../addresses/range.ts';
import { displayName } from '../display-name.ts';
import { parseOrigin } from '../headers/origin.ts';
import type { FieldError } from '../reply.ts';

const day = 24 * 60 * 60 * 1000;

export const windowSchema = z.strictObject({
  limit: z.int().min(1).max(1_000_000_000),
  windowMs: z
    .int()
    .min(1000)
    .max(30 * day),
});

/** What may be set on a key when it is made and changed afterwards (K4, K6, K9). */
export const keySettings = {
  name: displayName(),
  scopes: z.array(z.string().min(1).max(64)).min(1).max(50),
  limits: z.array(windowSchema).min(1).max(5),
  /** Milliseconds from now until the key expires. */
  expiresInMs: z
    .int()
    .min(1000)
    .max(3650 * day),
  allowedIps: z.array(z.string().min(2).max(50)).min(1).max(100),
  allowedOrigins: z.array(z.string().min(1).max(300)).min(1).max(100),
  /** Requests that it and its successors may make together. */
  usesMax: z.int().min(1).max(1_000_000_000_000),
  /** Days after which it should be rotated; 0: never. */
  rotateEveryDays: z.int().min(0).max(3650),
};

/** The scopes of each service that keys may be made for. */
export type ScopeCatalogue = ReadonlyMap<string, Readonly<Record<string, string>>>;

interface Settings {
  readonly service: string;
  readonly scopes?: readonly string[] | undefined;
  readonly allowedIps?: readonly string[] | null | undefined;
  readonly allowedOrigins?: readonly string[] | null | undefined;
}

/** What is wrong with the settings of a key: every mistake by its JSON pointer, so that all are mended at once. */
export function settingErrors(settings: Settings, catalogue: ScopeCatalogue): FieldError[] {
  const scopes = catalogue.get(settings.service);
  if (scopes === undefined) {
    const known = [...catalogue.keys()].sort().join(', ');
    return [{ pointer: '/service', message: `There is no service ${settings.service}; there are ${known}.` }];
  }
  const known = Object.keys(scopes).sort().join(', ');
  return [
    ...wrong(settings.scopes, '/scopes', (scope) =>
      Object.hasOwn(scopes, scope)
        ? undefined
        : `There is no scope ${scope} of ${settings.service}; there are ${known}.`,
    ),
    ...wrong(settings.allowedIps, '/allowed_ips', (range) =>
      parseRange(range) ? undefined : `${range} is no IP address or CIDR range.`,
    ),
    ...wrong(settings.allowedOrigins, '/allowed_origins', (origin) =>
      parseOrigin(origin) === origin
        ? undefined
        : `${origin} is no origin; write it like https://app.example.com.`,
    ),
  ];
}

function wrong(
  values: readonly string[] | null | undefined,
  pointer: string,
  complaint: (value: string) => string | undefined,
): FieldError[] {
  return (values ?? []).flatMap((value, at) => {
    const message = complaint(value);
    return message === undefined ? [] : [{ pointer: `${pointer}/${at}`, message }];
  });
}

/** Scopes are a set: kept in one order, each once. */
export function scopeSet(scopes: readonly string[]): string[] {
  return [...new Set(scopes)].sort();
}
