import { asData, findUser, type Problem, queueMail, refuse } from '@keyward/guard';
import type { Transaction } from '@keyward/guard/database';
import { and, eq } from 'drizzle-orm';
import { type Account, lockAccounts } from '../accounts/lock-account.ts';
import { teamMembers } from '../database/budget-tables.ts';
import { isInTooMany, type TeamView, tooMany } from './team-store.ts';

const membersMax = 200;

interface Invitation {
  readonly email: string;
  readonly role: 'admin' | 'member';
}

/**
 * Invites a person and tells them. Of an address that is nobody's nothing is said, and one that is in the team already stays
 * as it is: the answer is the same for all (R3).
 */
export async function inviteMember(
  tx: Transaction,
  { team, members = [] }: TeamView,
  { email, role }: Invitation,
  by: { readonly userId: string; readonly nowMs: number },
): Promise<undefined | Problem> {
  if (members.length >= membersMax)
    return refuse('conflict', { detail: `A team has at most ${membersMax} members.` });
  const person = await findUser(tx, email);
  // Found by its address alone: an id is no address.
  if (person === undefined || person.email !== email.toLowerCase()) return undefined;
  const added = await tx
    .insert(teamMembers)
    .values({ teamId: team.id, userId: person.id, role, invitedBy: by.userId, invitedAt: new Date(by.nowMs) })
    .onConflictDoNothing()
    .returning({ userId: teamMembers.userId });
  if (added.length === 0) return undefined;
  const name = asData(team.name);
  await queueMail(tx, {
    to: person.email,
    dedupeKey: `teams.invite ${team.id} ${person.id} ${by.nowMs}`,
    subject: `You are invited to the team "${name}"`,
    text: `You are invited to the team "${name}". Who joins a team lets its owner and admins see what AI usage is booked from then on. To join: POST /v1/teams/${team.id}/join with a key of yours. Otherwise there is nothing to do.`,
  });
  return undefined;
}

/** Accepts an invitation. Bookings of the person wait: each is before it or after it. */
export async function joinTeam(
  tx: Transaction,
  { team, own }: TeamView,
  nowMs: number,
): Promise<undefined | Problem> {
  const account: Account = { userId: own.userId, environment: team.environment };
  await lockAccounts(tx, [account]);
  if (own.joinedAt !== null) return undefined;
  if (await isInTooMany(tx, account)) return tooMany;
  await tx
    .update(teamMembers)
    .set({ joinedAt: new Date(nowMs) })
    .where(isMember(team.id, own.userId));
  return undefined;
}

/** Takes somebody out. What was booked meanwhile stays with the team. */
export async function leaveTeam(tx: Transaction, { team }: TeamView, userId: string): Promise<void> {
  await lockAccounts(tx, [{ userId, environment: team.environment }]);
  await tx.delete(teamMembers).where(isMember(team.id, userId));
}

export function isMember(teamId: string, userId: string) {
  return and(eq(teamMembers.teamId, teamId), eq(teamMembers.userId, userId));
}
