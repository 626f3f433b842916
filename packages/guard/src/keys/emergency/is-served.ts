import { and, eq, isNull, lte, or, type SQL } from 'drizzle-orm';
import { users } from '../../database/schema.ts';

/** Whether a person gets new keys and hears of them: not who is deleted or banned. */
export function isServed(now: Date): SQL | undefined {
  return and(isNull(users.deletedAt), or(eq(users.banned, false), lte(users.banExpires, now)));
}
