import { commitmentTo, leafHash } from '../tree/leaf.ts';
import type { ArchivedLeaf, LeafSource } from '../tree/verify/leaf-source.ts';
import { ArchiveFault } from './archive-errors.ts';
import { allArchives } from './archive-records.ts';
import { monthOfDate } from './month.ts';
import { type ArchivedEntry, type ArchiveReading, readArchive } from './read-archive.ts';

/** The archived months for the verifier of the tree: each row's leaf, made anew from what stands in the archive. */
export async function archiveLeaves(reading: ArchiveReading): Promise<LeafSource> {
  const archives = await allArchives(reading.database.orm);
  const dropped = archives.filter(({ droppedAt }) => droppedAt !== null);
  const months = new Set(dropped.map(({ month }) => monthOfDate(month)));
  return {
    months,
    faultOf: (error) => (error instanceof ArchiveFault ? error.message : undefined),
    async *leaves() {
      for (const month of months) {
        for await (const entry of readArchive(reading, month))
          yield leafOf(entry, reading.keyring !== undefined);
      }
    },
  };
}

function leafOf(
  { seq, row, open, commitment, personal, isSealed }: ArchivedEntry,
  canOpen: boolean,
): ArchivedLeaf {
  // Where the personal part is still there it counts, and not what is said of it.
  const made = personal === undefined ? commitment : commitmentTo(personal.personal, personal.salt);
  return {
    seq,
    id: row.id,
    leaf: leafHash(open, made),
    isErased: canOpen ? personal === undefined : !isSealed,
  };
}
