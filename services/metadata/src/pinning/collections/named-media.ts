import type { Transaction } from '@keyward/guard/database';
import { sql } from 'drizzle-orm';
import type { CollectionRow } from '../../documents/tables.ts';
import type { PinningDeps } from '../pinning-deps.ts';
import { requestPins } from '../request-pins.ts';
import { ownExport } from './own-export.ts';

const namedMax = 100_000;

/**
 * Asks for pins of the owner's files that the collection's documents name by their CID (`ipfs://…`), and gives up those
 * that none names any more. A file that is named by its address alone stays as private as it is (N5).
 */
export async function pinNamedMedia(
  tx: Transaction,
  deps: PinningDeps,
  { id: collectionId, userId, environment, contractId }: CollectionRow,
): Promise<void> {
  const { rows } = await tx.execute<{ id: string; cid: string }>(sql`
    SELECT DISTINCT ON (media.cid) media.id, media.cid
    FROM (
      SELECT DISTINCT (regexp_matches(document, 'ipfs://(?:ipfs/)?([A-Za-z0-9]{40,120})', 'g'))[1] AS cid
      FROM metadata
      WHERE collection_id = ${collectionId} AND deleted_at IS NULL AND (token_id IS NOT NULL OR id = ${contractId})
    ) AS named
    JOIN media ON media.cid = named.cid AND media.user_id = ${userId} AND media.environment = ${environment}
    ORDER BY media.cid, media.id
    LIMIT ${namedMax}`);
  for (const { id: objectId, cid } of rows) {
    const wanted = { userId, environment, kind: 'media', objectId, collectionId, ...ownExport, cid } as const;
    await requestPins(tx, deps, wanted);
  }
  const now = new Date(deps.clock.now()).toISOString();
  await tx.execute(sql`
    UPDATE pins SET wish = 'remove', tries = 0, failures = 0, asked_at = NULL, updated_at = ${now}::timestamptz,
      state = CASE WHEN state = 'sending' THEN state ELSE 'queued' END,
      next_try_at = ${now}::timestamptz
    WHERE kind = 'media' AND collection_id = ${collectionId} AND wish = 'keep'
      AND object_id <> ALL (${sql.param(rows.map(({ id }) => id))}::text[])`);
}
