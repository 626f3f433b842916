import { z } from 'zod';
import type { Actor } from '../audit/record-change.ts';
import type { Transaction } from '../database/database.ts';
import { isProblem, type Problem, refuse } from '../reply.ts';
import { changePerson, type PersonChanged } from './change-person.ts';
import { lastSuperAdminRefusal, rankRefusal, selfRefusal } from './change-refusal.ts';
import { type HandedOver, moveOwnership, type OwnershipDeps, transactWithServices } from './hand-over.ts';
import { lockPerson, lockTwo } from './lock-people.ts';
import { inWords, ownedBy } from './owned-by.ts';
import { noPerson } from './owner-refusal.ts';
import { deletedDomain, type User } from './user.ts';

export const deletionSchema = z.strictObject({
  /** Id or e-mail address. */
  user: z.string().min(1).max(254),
  /** Who gets the keys and the data. */
  handOverTo: z.string().min(1).max(254).optional(),
  /** Deletes although there are data: they stay, and nobody reaches them. */
  force: z.boolean().default(false),
});
export type Deletion = z.output<typeof deletionSchema>;

export interface Deleted extends PersonChanged {
  readonly handedOver: HandedOver | undefined;
}

/**
 * Deletes a person: nothing of theirs lets anybody in, and their name and address are gone; the row stays, since history
 * names it. 404; 403 for a higher role; 409 for oneself, the last super_admin, and somebody who still owns something, unless
 * it is handed over in the same transaction or `force` is set.
 */
export function deleteUser(deps: OwnershipDeps, wish: Deletion, actor: Actor): Promise<Deleted | Problem> {
  const { clock } = deps;
  return transactWithServices<Deleted>(deps, async (tx, settlements) => {
    const people = await lockAll(tx, wish);
    if (isProblem(people)) return people;
    const [user, receiver] = people;
    const refusal =
      selfRefusal(actor, user) ??
      rankRefusal(actor, user) ??
      (await lastSuperAdminRefusal(tx, user, clock.now()));
    if (refusal !== undefined) return refusal;
    const all = { keys: true, data: true };
    const handedOver =
      receiver && (await moveOwnership({ ...deps, tx, settlements }, [user, receiver], all, actor));
    if (isProblem(handedOver)) return handedOver;
    if (receiver === undefined && !wish.force) {
      const owned = await ownedBy(tx, deps.services, user.id, new Date(clock.now()));
      if (Object.keys(owned).length > 0) return stillOwns(owned);
    }
    for (const service of deps.services) await service.forget?.(tx, user.id);
    const change = {
      action: 'users.delete',
      set: erased(user, new Date(clock.now())),
      ends: 'deleted',
    } as const;
    return { ...(await changePerson(tx, user, change, actor, clock)), handedOver };
  });
}

async function lockAll(tx: Transaction, wish: Deletion): Promise<readonly [User, User?] | Problem> {
  if (wish.handOverTo === undefined) {
    const user = await lockPerson(tx, wish.user);
    return isProblem(user) ? user : [user];
  }
  const people = await lockTwo(tx, wish.user, wish.handOverTo);
  return isProblem(people) || people[0].deletedAt === null ? people : noPerson(wish.user);
}

function stillOwns(owned: Readonly<Record<string, number>>): Problem {
  return refuse('conflict', {
    detail: `The person still owns ${inWords(owned)}. Name somebody to hand them over to, or force it.`,
  });
}

/** Better Auth's column for a ban keeps a deleted person out too, on every node: its change is announced. */
function erased(user: User, at: Date): Partial<User> {
  return {
    name: 'deleted person',
    email: `${user.id}${deletedDomain}`,
    emailVerified: false,
    image: null,
    banned: true,
    banReason: null,
    banExpires: null,
    deletedAt: at,
  };
}
