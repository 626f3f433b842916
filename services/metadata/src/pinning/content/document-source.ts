import type { Database } from '@keyward/guard/database';
import { and, eq, sql } from 'drizzle-orm';
import { carBlock, carHeader } from '../../content-identifiers/unixfs/car.ts';
import { metadata, metadataVersions } from '../../documents/tables.ts';
import { type CarSource, carSource } from './car-source.ts';

/** A document as one of its versions was: one block, which is the file itself. Undefined: it is gone for good. */
export async function documentSource(
  { orm }: Database,
  { objectId, cid }: { objectId: string; cid: string },
): Promise<CarSource | undefined> {
  const [current] = await orm
    .select({ document: metadata.document })
    .from(metadata)
    .where(and(eq(metadata.id, objectId), eq(metadata.cid, cid)));
  const [found] = current
    ? [current]
    : await orm
        .select({ document: metadataVersions.document })
        .from(metadataVersions)
        .where(and(eq(metadataVersions.documentId, objectId), sql`${metadataVersions.cid} = ${cid}`))
        .limit(1);
  if (found === undefined) return undefined;
  const block = { cid, bytes: Buffer.from(found.document) };
  return carSource(cid, async function* pieces() {
    yield carHeader(cid);
    yield carBlock(block);
  });
}
