import { type Problem, refuse, uuidv7 } from '@keyward/guard';
import { type Database, type Transaction, transact } from '@keyward/guard/database';
import { and, asc, count, eq, isNull, sql } from 'drizzle-orm';
import { type Account, lockAccounts } from '../accounts/lock-account.ts';
import { budgets, type teamMembers as members, teamMembers, teams } from '../database/budget-tables.ts';
import { isId } from '../fields.ts';

export type Member = typeof members.$inferSelect;

/** A team as one of its people sees it. */
export interface TeamView {
  readonly team: typeof teams.$inferSelect;
  readonly own: Member;
  /** Undefined for who has not joined. */
  readonly members: readonly Member[] | undefined;
}

const teamsMax = 100;

/** Makes a team. 409 for who is in 100 already. */
export async function createTeam(
  database: Database,
  { userId, environment }: Account,
  name: string,
  nowMs: number,
): Promise<TeamView | Problem> {
  const at = new Date(nowMs);
  return transact(database.orm, async (tx) => {
    await lockAccounts(tx, [{ userId, environment }]);
    if (await isInTooMany(tx, { userId, environment })) return tooMany;
    const team = { id: uuidv7(nowMs), environment, name, createdAt: at, removedAt: null };
    const own = {
      teamId: team.id,
      userId,
      role: 'owner',
      invitedBy: userId,
      invitedAt: at,
      joinedAt: at,
    } as const;
    await tx.insert(teams).values(team);
    await tx.insert(teamMembers).values(own);
    return { team, own, members: [own] };
  });
}

/** The caller's teams, oldest first, without their members. */
export async function listTeams(database: Database, { userId, environment }: Account): Promise<TeamView[]> {
  const rows = await database.orm
    .select({ team: teams, own: teamMembers })
    .from(teamMembers)
    .innerJoin(teams, eq(teams.id, teamMembers.teamId))
    .where(and(eq(teamMembers.userId, userId), eq(teams.environment, environment), isNull(teams.removedAt)))
    .orderBy(asc(teams.id))
    .limit(2 * teamsMax);
  return rows.map((row) => ({ ...row, members: undefined }));
}

/** A team that the caller is in or invited to; any other is as absent as one that never was (R3). */
export async function findTeam(
  orm: Database['orm'] | Transaction,
  { userId, environment }: Account,
  id: string,
): Promise<TeamView | undefined> {
  if (!isId(id)) return undefined;
  const rows = await orm
    .select({ team: teams, member: teamMembers })
    .from(teamMembers)
    .innerJoin(teams, eq(teams.id, teamMembers.teamId))
    .where(and(eq(teams.id, id), eq(teams.environment, environment), isNull(teams.removedAt)))
    .orderBy(asc(teamMembers.invitedAt), asc(teamMembers.userId));
  const own = rows.find(({ member }) => member.userId === userId)?.member;
  const team = rows[0]?.team;
  if (own === undefined || team === undefined) return undefined;
  return { team, own, members: own.joinedAt === null ? undefined : rows.map(({ member }) => member) };
}

/** Removes a team with its budgets. Bookings of its members wait, so that none counts for half of it. */
export async function removeTeam(
  tx: Transaction,
  { team, members: all }: TeamView,
  nowMs: number,
): Promise<void> {
  const { environment, id } = team;
  await lockAccounts(
    tx,
    (all ?? []).map(({ userId }) => ({ userId, environment })),
  );
  const removedAt = new Date(nowMs);
  await tx.update(teams).set({ removedAt }).where(eq(teams.id, id));
  await tx
    .update(budgets)
    .set({ removedAt })
    .where(and(eq(budgets.subject, 'team'), eq(budgets.subjectId, id), isNull(budgets.removedAt)));
}

/** Whether somebody is in as many teams as one may be. */
export async function isInTooMany(tx: Transaction, { userId, environment }: Account): Promise<boolean> {
  const [row] = await tx
    .select({ count: count() })
    .from(teamMembers)
    .innerJoin(teams, eq(teams.id, teamMembers.teamId))
    .where(
      and(
        eq(teamMembers.userId, userId),
        eq(teams.environment, environment),
        isNull(teams.removedAt),
        sql`${teamMembers.joinedAt} IS NOT NULL`,
      ),
    );
  return (row?.count ?? 0) >= teamsMax;
}

export const tooMany = refuse('conflict', { detail: `A person can be in ${teamsMax} teams.` });
