import type { Database } from '@keyward/guard/database';
import { and, asc, eq } from 'drizzle-orm';
import { mediaPlace } from '../media/media-place.ts';
import type { MediaRow } from '../media/media-table.ts';
import { thumbnailUrl } from './imagekit/delivery-url.ts';
import { mediaReplicas, type ReplicaRow } from './replicas-table.ts';

const thumbnailPixels = 256;

/** Where a file lies: the local disk, and what is known of each other store. */
export async function findReplicas({ orm }: Database, row: MediaRow): Promise<object[]> {
  const { ownerKey, environment, sha256 } = mediaPlace(row, row.sha256);
  const replicas = await orm
    .select()
    .from(mediaReplicas)
    .where(
      and(
        eq(mediaReplicas.ownerKey, ownerKey),
        eq(mediaReplicas.environment, environment),
        eq(mediaReplicas.sha256, sha256),
      ),
    )
    .orderBy(asc(mediaReplicas.store));
  const local = { name: 'local', state: 'stored', stored_at: row.createdAt.toISOString(), ...nowhere };
  // Another, private file may have the same content as one that is public: it is told nothing of where that lies.
  const own = replicas.filter(({ store }) => store !== 'imagekit' || row.visibility === 'public');
  return [local, ...own.map(present)];
}

const nowhere = { url: null, thumbnail_url: null, detail: null };

function present(row: ReplicaRow) {
  const { store, state, url } = row;
  const place =
    state === 'stored' && url !== null
      ? { url, thumbnail_url: thumbnailUrl(endpointOf(url), row, thumbnailPixels) }
      : { url: null, thumbnail_url: null };
  const storedAt = state === 'stored' ? (row.storedAt?.toISOString() ?? null) : null;
  // Of what goes wrong on the way only the operator hears: a store's words may name what is nobody's business.
  return {
    name: store,
    state,
    stored_at: storedAt,
    ...place,
    detail: state === 'refused' ? row.lastError : null,
  };
}

function endpointOf(url: string): string {
  return url.slice(0, url.lastIndexOf('/keyward/'));
}
