import { and, inArray, isNull, or } from 'drizzle-orm';
import type { Transaction } from '../../database/database.ts';
import { users } from '../../database/schema.ts';
import { isBanned } from '../../people/owner-refusal.ts';

export interface Owner {
  readonly id: string;
  readonly role: string;
}

/** Looks people up by id or e-mail address, all in one query; gives a function that tells who somebody is. Nobody is found who is banned. */
export async function findOwners(
  tx: Transaction,
  named: readonly string[],
  nowMs: number,
): Promise<(idOrEmail: string) => Owner | undefined> {
  const names = [...new Set(named.flatMap((name) => [name, name.toLowerCase()]))];
  const rows = await tx
    .select()
    .from(users)
    .where(and(or(inArray(users.id, names), inArray(users.email, names)), isNull(users.deletedAt)));
  const able = rows.filter((row) => !isBanned(row, nowMs));
  const byId = new Map(able.map((row) => [row.id, row]));
  const byEmail = new Map(able.map((row) => [row.email, row]));
  return (name) => byId.get(name) ?? byEmail.get(name.toLowerCase());
}
