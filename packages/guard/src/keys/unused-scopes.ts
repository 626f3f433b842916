import { and, eq, gte, inArray, lt } from 'drizzle-orm';
import type { Database } from '../database/database.ts';
import { auditLogs } from '../database/schema.ts';
import type { Route } from '../route.ts';
import type { KeySummary } from './list-keys.ts';

const unusedAfterMs = 90 * 24 * 60 * 60 * 1000;

/**
 * The scopes of a key that no successful request of its last 90 days needed (K4): they may well be taken from it.
 * Empty for a key younger than that, of which nobody can tell yet.
 */
export async function unusedScopes(
  database: Database,
  key: Pick<KeySummary, 'id' | 'scopes' | 'createdAt'>,
  routes: readonly Route[],
  nowMs: number,
): Promise<string[]> {
  const since = new Date(nowMs - unusedAfterMs);
  if (key.createdAt > since) return [];
  const used = await Promise.all(
    key.scopes.map((scope) => isUsed(database, key.id, actionsOf(scope, routes), since)),
  );
  return key.scopes.filter((_scope, at) => !used[at]);
}

async function isUsed(database: Database, keyId: string, actions: string[], since: Date): Promise<boolean> {
  if (actions.length === 0) return false;
  const uses = await database.orm
    .select({ id: auditLogs.id })
    .from(auditLogs)
    .where(
      and(
        eq(auditLogs.apiKey, keyId),
        gte(auditLogs.createdAt, since),
        inArray(auditLogs.action, actions),
        lt(auditLogs.status, 400),
      ),
    )
    .limit(1);
  return uses.length > 0;
}

function actionsOf(scope: string, routes: readonly Route[]): string[] {
  return routes.flatMap(({ access, audit }) =>
    access.kind === 'scopes' && access.scopes.includes(scope) && 'action' in audit ? [audit.action] : [],
  );
}
