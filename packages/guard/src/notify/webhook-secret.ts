import { randomBytes } from 'node:crypto';
import { seal, unseal } from '../encryption/envelope.ts';
import type { Keyring } from '../encryption/keyring.ts';

const secretBytes = 32;

/** A new secret as Standard Webhooks writes it. Whoever makes it shows it once and keeps it sealed. */
export function newWebhookSecret(): string {
  return `whsec_${randomBytes(secretBytes).toString('base64')}`;
}

/** The secret as it may lie in the database (D1). `place`: table, column and row. */
export function sealWebhookSecret(keyring: Keyring, secret: string, place: string): string {
  return seal(Buffer.from(secret), keyring.primary('columns'), place);
}

/** What `sealWebhookSecret` sealed for the same place, or throws `SealedValueError`. */
export function openWebhookSecret(keyring: Keyring, sealed: string, place: string): string {
  const find = (id: string) => keyring.find('columns', id)?.material;
  return unseal(sealed, find, place).toString('utf8');
}
