import { sql } from 'drizzle-orm';
import type { Database } from '../database/database.ts';
import { apiKeys, users } from '../database/schema.ts';

/** Notes when and from where each key was last used; written in batches, and not part of what the trigger announces. */
export interface LastUsed {
  note(keyId: string, atMs: number, ip: string): void;
  flush(): Promise<void>;
  stop(): Promise<void>;
}

/** `intervalMs`: between writes; default 10,000. Kept until written: one entry per key used in that time. */
export function trackLastUsed(
  database: Database,
  onError: (error: unknown) => void,
  intervalMs = 10_000,
): LastUsed {
  let noted = new Map<string, { atMs: number; ip: string }>();

  // A person who was deleted may be erased by now: nothing of them is written any more (A5).
  const flush = async (): Promise<void> => {
    if (noted.size === 0) return;
    const batch = [...noted];
    noted = new Map();
    const ids = sql.param(batch.map(([id]) => id));
    const times = sql.param(batch.map(([, use]) => new Date(use.atMs).toISOString()));
    const addresses = sql.param(batch.map(([, use]) => use.ip));
    await database.orm
      .execute(sql`UPDATE ${apiKeys} SET last_used_at = used.at, last_used_ip = used.ip
        FROM unnest(${ids}::text[], ${times}::timestamptz[], ${addresses}::text[]) AS used (id, at, ip)
        WHERE ${apiKeys.id} = used.id AND (${apiKeys.lastUsedAt} IS NULL OR ${apiKeys.lastUsedAt} < used.at)
          AND NOT EXISTS (SELECT FROM ${users} gone WHERE gone.id = ${apiKeys.userId} AND gone.deleted_at IS NOT NULL)`)
      // The audit log has every use; this is a convenience and waits for the next time.
      .catch(onError);
  };

  const timer = setInterval(() => void flush(), intervalMs);
  timer.unref();
  return {
    note(keyId, atMs, ip) {
      const use = noted.get(keyId);
      if (use === undefined) noted.set(keyId, { atMs, ip });
      else {
        use.atMs = atMs;
        use.ip = ip;
      }
    },
    flush,
    async stop() {
      clearInterval(timer);
      await flush();
    },
  };
}
