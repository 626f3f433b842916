import type { KeyCaller } from '@keyward/guard';
import type { PinningBed } from './pinning-bed.ts';

/** Documents of a collection: a new one, or a new version of each. */
export async function writeDocuments(
  { metadata }: PinningBed,
  caller: KeyCaller,
  collection: string,
  count: number,
  note: string,
): Promise<void> {
  const items = Array.from({ length: count }, (_, n) => ({
    ...{ collection, token_id: String(n) },
    document: { name: `${note} ${n}` },
  }));
  const created = await metadata.call('createBatch', caller, { body: { items } });
  if (created.status !== 201) await metadata.call('replaceBatch', caller, { body: { items } });
}

/** The collection's id. */
export async function publishCollection(
  { metadata }: PinningBed,
  caller: KeyCaller,
  collection: string,
): Promise<string> {
  const { body } = await metadata.call('publishCollection', caller, { params: { id: collection } });
  return body.id;
}

export async function directoryCidOf(
  { metadata }: PinningBed,
  caller: KeyCaller,
  id: string,
): Promise<string> {
  return (await metadata.call('readDirectory', caller, { params: { id } })).body.cid;
}
