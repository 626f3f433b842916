import { newWebhookSecret, openWebhookSecret, sealWebhookSecret, uuidv7 } from '@keyward/guard';
import type { Transaction } from '@keyward/guard/database';
import { and, eq, gt, isNotNull, isNull, or, sql } from 'drizzle-orm';
import { isActiveOwner } from './active-owner.ts';
import type { WebhookDeps } from './webhook-deps.ts';
import { webhookEndpoints, webhookSecrets } from './webhook-tables.ts';

type SecretDeps = Pick<WebhookDeps, 'database' | 'clock' | 'keyring'>;

const placeOf = (id: string) => `webhook_secrets.sealed.${id}`;

/** Makes the first secret of an endpoint, or one that takes the place of the current one after `overlapMs`. */
export async function giveSecret(
  { clock, keyring }: Omit<SecretDeps, 'database'>,
  tx: Transaction,
  endpointId: string,
  overlapMs: number,
): Promise<string> {
  const now = new Date(clock.now());
  // Two are valid at most: one that was already ending ends now.
  await tx
    .delete(webhookSecrets)
    .where(and(eq(webhookSecrets.endpointId, endpointId), isNotNull(webhookSecrets.expiresAt)));
  await tx
    .update(webhookSecrets)
    .set({ expiresAt: new Date(now.getTime() + overlapMs) })
    .where(eq(webhookSecrets.endpointId, endpointId));
  const secret = newWebhookSecret();
  const id = uuidv7(now.getTime());
  const sealed = sealWebhookSecret(keyring, secret, placeOf(id));
  await tx.insert(webhookSecrets).values({ id, endpointId, sealed, createdAt: now });
  return secret;
}

/** The secrets of an endpoint that are valid now, the newest first. */
export async function secretsOf(
  { database, clock, keyring }: SecretDeps,
  endpointId: string,
): Promise<string[]> {
  const { expiresAt } = webhookSecrets;
  const isValid = or(isNull(expiresAt), gt(expiresAt, new Date(clock.now())));
  const rows = await database.orm
    .select()
    .from(webhookSecrets)
    .where(and(eq(webhookSecrets.endpointId, endpointId), isValid))
    .orderBy(sql`${expiresAt} NULLS FIRST`);
  return rows.map(({ id, sealed }) => openWebhookSecret(keyring, sealed, placeOf(id)));
}

/**
 * By what the notifications of other services are signed that go to a person's webhook: the secrets of their own
 * endpoints with that URL. None when they have none that is enabled, or are banned or deleted.
 */
export function webhookSecretsOf(deps: SecretDeps) {
  return async (url: string, owner: string | undefined): Promise<string[]> => {
    if (owner === undefined) return [];
    const { userId } = webhookEndpoints;
    const isActive = isActiveOwner(userId, deps.clock.now());
    const endpoints = await deps.database.orm
      .select({ id: webhookEndpoints.id })
      .from(webhookEndpoints)
      .where(
        and(
          eq(userId, owner),
          eq(webhookEndpoints.url, url),
          eq(webhookEndpoints.state, 'enabled'),
          isActive,
        ),
      )
      .orderBy(webhookEndpoints.createdAt, webhookEndpoints.id);
    // One receiver may have an endpoint for each environment: whichever secret it checks by, there is a signature.
    const secrets = await Promise.all(endpoints.map(({ id }) => secretsOf(deps, id)));
    return secrets.flat();
  };
}
