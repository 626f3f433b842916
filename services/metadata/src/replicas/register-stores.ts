import type { Database } from '@keyward/guard/database';
import { sql } from 'drizzle-orm';
import { configuredStores, type StoreOptions } from './store-options.ts';

/**
 * Tells the database which stores there are. From then on every change of a file is written down for them in its own
 * transaction; what was there before a store is written down now.
 */
export async function registerStores({ orm }: Database, options: StoreOptions): Promise<void> {
  // What our credentials were refused for may have been set right: it is tried at once.
  await orm.execute(sql`
    UPDATE media_stores SET resting_until = NULL
    WHERE name IN (SELECT name FROM outside_services WHERE state = 'refused')`);
  for (const { name, takesPrivate } of configuredStores(options)) {
    await orm.transaction(async (tx) => {
      const known = await tx.execute(sql`SELECT FROM media_stores WHERE name = ${name}`);
      if (known.rows.length > 0) return;
      // Nobody may be in the middle of keeping a file: they would not see the store, nor we their file.
      await tx.execute(sql`LOCK TABLE media IN SHARE ROW EXCLUSIVE MODE`);
      const added = await tx.execute(sql`
        INSERT INTO media_stores (name, takes_private) VALUES (${name}, ${takesPrivate})
        ON CONFLICT DO NOTHING RETURNING name`);
      if (added.rows.length === 0) return;
      await tx.execute(sql`
        INSERT INTO media_replicas (store, owner_key, environment, sha256, type, bytes)
        SELECT DISTINCT ON (owner_key, environment, sha256) ${name}, owner_key, environment, sha256, type, bytes
        FROM media WHERE ${takesPrivate} OR visibility = 'public'
        ON CONFLICT DO NOTHING`);
    });
  }
}
