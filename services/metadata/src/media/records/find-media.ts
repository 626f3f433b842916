import type { Database } from '@keyward/guard/database';
import { and, desc, eq, lt } from 'drizzle-orm';
import type { MediaOwner } from '../media-place.ts';
import { type MediaRow, media } from '../media-table.ts';

/** A file of this owner and environment; undefined for everybody else's (R3, K5). */
export async function findOwnMedia(
  database: Database,
  owner: MediaOwner,
  id: string,
): Promise<MediaRow | undefined> {
  const [row] = await database.orm
    .select()
    .from(media)
    .where(and(eq(media.id, id), ownedBy(owner)));
  return row;
}

/** Whosever it is, for a link that has still to be judged. */
export async function findAnyMedia(database: Database, id: string): Promise<MediaRow | undefined> {
  const [row] = await database.orm.select().from(media).where(eq(media.id, id));
  return row;
}

/** A file that its owner made public. */
export async function findPublicMedia(database: Database, id: string): Promise<MediaRow | undefined> {
  const [row] = await database.orm
    .select()
    .from(media)
    .where(and(eq(media.id, id), eq(media.visibility, 'public')));
  return row;
}

/** Files of this owner and environment, newest first, from behind the id `behindId`. */
export function listOwnMedia(
  database: Database,
  owner: MediaOwner,
  page: { limit: number; behindId: string | undefined },
): Promise<MediaRow[]> {
  const behind = page.behindId === undefined ? undefined : lt(media.id, page.behindId);
  return database.orm
    .select()
    .from(media)
    .where(and(ownedBy(owner), behind))
    .orderBy(desc(media.id))
    .limit(page.limit);
}

function ownedBy(owner: MediaOwner) {
  return and(eq(media.userId, owner.userId), eq(media.environment, owner.environment));
}
