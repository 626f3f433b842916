import type { Transaction } from '../../database/database.ts';
import { uuidv7 } from '../../ids.ts';
import { keyClaims } from '../schema.ts';

/** How long a claim may be used. */
export const claimLastsMs = 14 * 24 * 60 * 60 * 1000;

export interface OpenedClaim {
  readonly id: string;
  readonly expiresAt: Date;
}

/**
 * Opens a claim for a person: successors that name it await their secrets (K8). Within one emergency rotation each
 * person has one claim: opening it again gives the same.
 */
export async function openClaim(
  tx: Transaction,
  { userId, emergencyId }: { readonly userId: string; readonly emergencyId?: string },
  nowMs: number,
): Promise<OpenedClaim> {
  const [claim] = await tx
    .insert(keyClaims)
    .values({
      id: uuidv7(nowMs),
      userId,
      emergencyId: emergencyId ?? null,
      createdAt: new Date(nowMs),
      expiresAt: new Date(nowMs + claimLastsMs),
    })
    // Changes nothing, and so returns the row that is there.
    .onConflictDoUpdate({ target: [keyClaims.emergencyId, keyClaims.userId], set: { userId } })
    .returning({ id: keyClaims.id, expiresAt: keyClaims.expiresAt });
  if (claim === undefined) throw new Error('the claim was not stored');
  return claim;
}
