import { type Counts, type DataHandedOver, isProblem, type Problem } from '@keyward/guard';
import type { Transaction } from '@keyward/guard/database';
import { eq } from 'drizzle-orm';
import { pins } from '../pins-table.ts';

interface Keeper {
  owned(tx: Transaction, userId: string): Promise<Counts>;
  handOver(tx: Transaction, from: string, to: string): Promise<DataHandedOver | Problem>;
  forget(tx: Transaction, userId: string): Promise<void>;
}

/** The same, and the pins of what goes to another person go along. */
export function withPins(keeper: Keeper): Keeper {
  return {
    ...keeper,
    async handOver(tx, from, to) {
      const moved = await keeper.handOver(tx, from, to);
      if (!isProblem(moved)) await tx.update(pins).set({ userId: to }).where(eq(pins.userId, from));
      return moved;
    },
  };
}
