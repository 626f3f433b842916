import { and, eq, isNull } from 'drizzle-orm';
import type { Transaction } from '../database/database.ts';
import { users } from '../database/schema.ts';
import { isBanned } from '../people/owner-refusal.ts';
import { isMailbox } from './queue-notification.ts';

const operatorsMax = 100;

/** Whom alerts go to (M4): the security contact and every super_admin who is neither banned nor deleted, each once. */
export async function operatorsOf(
  tx: Transaction,
  securityContact: string | undefined,
  nowMs: number,
): Promise<string[]> {
  const admins = await tx
    .select()
    .from(users)
    .where(and(eq(users.role, 'super_admin'), isNull(users.deletedAt)))
    .orderBy(users.id)
    .limit(operatorsMax);
  const addresses = admins.filter((admin) => !isBanned(admin, nowMs)).map(({ email }) => email);
  const all = [...(securityContact === undefined ? [] : [securityContact]), ...addresses];
  return [
    ...new Map(all.filter(isMailbox).map((address) => [address.toLowerCase(), address] as const)).values(),
  ];
}
