import { type Clock, type Handlers, isProblem, json, refuse } from '@keyward/guard';
import { type Database, type Transaction, transact } from '@keyward/guard/database';
import { eq } from 'drizzle-orm';
import type { Account } from '../accounts/lock-account.ts';
import { teamMembers, teams } from '../database/budget-tables.ts';
import type { teamsContract } from './contract.ts';
import { inviteMember, isMember, joinTeam, leaveTeam } from './team-members.ts';
import { createTeam, findTeam, listTeams, removeTeam, type TeamView } from './team-store.ts';

export interface TeamsDeps {
  readonly database: Database;
  readonly clock: Clock;
}

export function teamsHandlers({ database, clock }: TeamsDeps): Handlers<typeof teamsContract> {
  /** Changes a team if the caller is one of those who may; for all others it is not there. */
  const change = (
    caller: Account,
    id: string,
    may: (view: TeamView) => boolean,
    work: (tx: Transaction, view: TeamView) => Promise<unknown>,
  ) =>
    transact(database.orm, async (tx) => {
      const view = await findTeam(tx, caller, id);
      if (view === undefined || !may(view)) return refuse('not_found');
      const outcome = await work(tx, view);
      return isProblem(outcome) ? outcome : ((await findTeam(tx, caller, id)) ?? view);
    });
  return {
    async createTeam({ body }, context) {
      const made = await createTeam(database, context.caller, body.name, clock.now());
      if (isProblem(made)) return made;
      context.audited(made.team.id);
      return json(201, teamAnswer(made));
    },

    async listTeams(_input, { caller }) {
      return json(200, { data: (await listTeams(database, caller)).map(teamAnswer), next_cursor: null });
    },

    async getTeam({ params }, context) {
      const { caller } = context;
      const found = await findTeam(database.orm, caller, params.id);
      if (found === undefined) return refuse('not_found');
      context.audited(found.team.id);
      return json(200, teamAnswer(found));
    },

    async renameTeam({ params, body }, context) {
      const { caller } = context;
      const changed = await change(caller, params.id, leads, (tx, { team }) =>
        tx.update(teams).set({ name: body.name }).where(eq(teams.id, team.id)),
      );
      if (isProblem(changed)) return changed;
      context.audited(changed.team.id);
      return json(200, teamAnswer(changed));
    },

    async removeTeam({ params }, context) {
      const { caller } = context;
      const removed = await change(caller, params.id, owns, (tx, view) => removeTeam(tx, view, clock.now()));
      if (isProblem(removed)) return removed;
      context.audited(removed.team.id);
      return json(204);
    },

    async inviteMember({ params, body }, context) {
      const { caller } = context;
      const by = { userId: caller.userId, nowMs: clock.now() };
      const changed = await change(caller, params.id, leads, (tx, view) => inviteMember(tx, view, body, by));
      if (isProblem(changed)) return changed;
      context.audited(changed.team.id);
      return json(202);
    },

    async joinTeam({ params }, context) {
      const { caller } = context;
      const changed = await change(
        caller,
        params.id,
        () => true,
        (tx, view) => joinTeam(tx, view, clock.now()),
      );
      if (isProblem(changed)) return changed;
      context.audited(changed.team.id);
      return json(200, teamAnswer(changed));
    },

    async changeMember({ params, body }, context) {
      const { caller } = context;
      const isThere = (view: TeamView) => owns(view) && canBeChanged(view, params.user_id);
      const changed = await change(caller, params.id, isThere, (tx, { team }) =>
        tx.update(teamMembers).set({ role: body.role }).where(isMember(team.id, params.user_id)),
      );
      if (isProblem(changed)) return changed;
      context.audited(changed.team.id, params.user_id);
      return json(200, teamAnswer(changed));
    },

    async removeMember({ params }, context) {
      const { caller } = context;
      const isOwn = params.user_id === caller.userId;
      const may = (view: TeamView) =>
        isOwn ? !owns(view) : leads(view) && canBeChanged(view, params.user_id);
      const changed = await change(caller, params.id, may, (tx, view) => leaveTeam(tx, view, params.user_id));
      if (isProblem(changed)) return changed;
      context.audited(changed.team.id, params.user_id);
      return json(204);
    },
  };
}

const owns = ({ own }: TeamView) => own.role === 'owner';
const leads = ({ own }: TeamView) => own.joinedAt !== null && (own.role === 'owner' || own.role === 'admin');

/** Whether it is somebody of the team other than its owner. */
function canBeChanged({ members = [] }: TeamView, userId: string): boolean {
  return members.some((member) => member.userId === userId && member.role !== 'owner');
}

function teamAnswer({ team, own, members }: TeamView): Record<string, unknown> {
  const time = (at: Date | null) => at?.toISOString() ?? null;
  return {
    id: team.id,
    name: team.name,
    role: own.role,
    joined_at: time(own.joinedAt),
    created_at: time(team.createdAt),
    ...(members && {
      members: members.map((one) => ({ user_id: one.userId, role: one.role, joined_at: time(one.joinedAt) })),
    }),
  };
}
