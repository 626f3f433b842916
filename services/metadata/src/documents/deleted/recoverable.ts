import type { KeyCaller } from '@keyward/guard';
import { and, gt, type SQL } from 'drizzle-orm';
import { ownedBy } from '../stored-document.ts';
import { metadata } from '../tables.ts';

/** How long a deleted document can be recovered (N3). */
export const recoverableMs = 30 * 24 * 3600 * 1000;

/** The caller's documents that are deleted and can be recovered, whether or not the purge is on time. */
export function recoverableBy(caller: KeyCaller, nowMs: number): SQL | undefined {
  return and(ownedBy(caller), gt(metadata.deletedAt, new Date(nowMs - recoverableMs)));
}
