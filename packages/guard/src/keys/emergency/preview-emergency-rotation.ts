import { asc, count, countDistinct, desc, eq } from 'drizzle-orm';
import { apiKeys, users } from '../../database/schema.ts';
import { isProblem, type Problem } from '../../reply.ts';
import { type EmergencySelection, livingKeys } from './emergency-selection.ts';
import { resolveSelection } from './resolve-selection.ts';
import type { EmergencyDeps } from './start-emergency-rotation.ts';

/** What an emergency rotation would stop if it began now. */
export interface EmergencyPreview {
  readonly keys: number;
  readonly owners: number;
  readonly byService: readonly { service: string; environment: 'live' | 'test'; keys: number }[];
  /** The 20 with the most keys. */
  readonly byOwner: readonly { userId: string; email: string; keys: number }[];
}

/** Counts without changing anything. Refuses like `startEmergencyRotation`. */
export async function previewEmergencyRotation(
  { database: { orm }, clock }: EmergencyDeps,
  wanted: EmergencySelection,
): Promise<EmergencyPreview | Problem> {
  const selection = await resolveSelection(orm, wanted);
  if (isProblem(selection)) return selection;
  const matching = livingKeys(selection, new Date(clock.now()));
  const { service, environment, userId } = apiKeys;
  const [total] = await orm
    .select({ keys: count(), owners: countDistinct(userId) })
    .from(apiKeys)
    .where(matching);
  const byService = await orm
    .select({ service, environment, keys: count() })
    .from(apiKeys)
    .where(matching)
    .groupBy(service, environment)
    .orderBy(asc(service), asc(environment));
  const byOwner = await orm
    .select({ userId, email: users.email, keys: count() })
    .from(apiKeys)
    .innerJoin(users, eq(users.id, userId))
    .where(matching)
    .groupBy(userId, users.email)
    .orderBy(desc(count()), asc(userId))
    .limit(20);
  return { keys: total?.keys ?? 0, owners: total?.owners ?? 0, byService, byOwner };
}
