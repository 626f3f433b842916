import { shipOnce } from '@keyward/guard';
import type { Installation } from '../../../installation.ts';

/** What this node's journal still holds is part of the log (A2). */
export async function shipLocalJournal({ directUrl, journalFolder }: Installation): Promise<void> {
  await shipOnce({ databaseUrl: directUrl, folder: journalFolder });
}
