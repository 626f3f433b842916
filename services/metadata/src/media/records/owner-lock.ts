import type { Transaction } from '@keyward/guard/database';
import { sql } from 'drizzle-orm';

const mediaLocks = 0x6d656469; // "medi"

/**
 * Until the transaction ends, nobody else on any node adds or removes bytes of this owner: what rows say and what
 * the store holds change together, and the quota is exact.
 */
export async function lockOwner(transaction: Transaction, ownerKey: string): Promise<void> {
  await transaction.execute(sql`SELECT pg_advisory_xact_lock(${mediaLocks}, hashtext(${ownerKey}))`);
}
