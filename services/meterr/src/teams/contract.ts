import { defineRoute, displayName, jsonBody } from '@keyward/guard';
import { z } from 'zod';
import { teamRoles } from '../database/budget-tables.ts';
import { idParams } from '../fields.ts';

const time = z.iso.datetime();
const member = z.object({
  user_id: z.string(),
  role: z.enum(teamRoles),
  joined_at: time.nullable().describe('Null: invited, and not yet joined'),
});
const team = z.object({
  id: z.uuid(),
  name: z.string(),
  role: z.enum(teamRoles).describe("The caller's own"),
  joined_at: time.nullable(),
  created_at: time,
  members: z.array(member).optional().describe('For those who have joined'),
});

const memberParams = z.strictObject({
  id: z.string().min(1).max(64),
  user_id: z.string().min(1).max(128),
});
const givenRole = z.enum(['admin', 'member']);
const read = { kind: 'scopes', scopes: ['usage:read'] } as const;
const write = { kind: 'scopes', scopes: ['teams:write'] } as const;
const audit = (action: string) => ({ action, objectType: 'team' }) as const;

/** People whose usage is seen and limited together (T7). */
export const teamsContract = {
  createTeam: defineRoute({
    method: 'POST',
    path: '/v1/teams',
    summary: 'Make a team; the caller owns it',
    access: write,
    limit: 'key',
    audit: audit('teams.create'),
    request: { body: jsonBody(z.strictObject({ name: displayName() })) },
    responses: { 201: { description: 'The team', schema: team } },
    errors: ['conflict'],
  }),
  listTeams: defineRoute({
    method: 'GET',
    path: '/v1/teams',
    summary: 'Teams that the caller is in or invited to, oldest first',
    access: read,
    limit: 'key',
    audit: audit('teams.list'),
    request: {},
    responses: {
      200: { description: 'At most 100', schema: z.object({ data: z.array(team), next_cursor: z.null() }) },
    },
    errors: [],
  }),
  getTeam: defineRoute({
    method: 'GET',
    path: '/v1/teams/:id',
    summary: 'A team and, for those in it, its members',
    access: read,
    limit: 'key',
    audit: audit('teams.read'),
    request: { params: idParams },
    responses: { 200: { description: 'The team', schema: team } },
    errors: ['not_found'],
  }),
  renameTeam: defineRoute({
    method: 'PATCH',
    path: '/v1/teams/:id',
    summary: 'Rename a team; for its owner and admins',
    access: write,
    limit: 'key',
    audit: audit('teams.rename'),
    request: { params: idParams, body: jsonBody(z.strictObject({ name: displayName() })) },
    responses: { 200: { description: 'The team', schema: team } },
    errors: ['not_found'],
  }),
  removeTeam: defineRoute({
    method: 'DELETE',
    path: '/v1/teams/:id',
    summary: 'Remove a team and its budgets; for its owner. Usage stays with those whose it is',
    access: write,
    limit: 'key',
    audit: audit('teams.remove'),
    request: { params: idParams },
    responses: { 204: { description: 'Removed' } },
    errors: ['not_found'],
  }),
  inviteMember: defineRoute({
    method: 'POST',
    path: '/v1/teams/:id/members',
    summary: 'Invite a person by e-mail address; the answer does not tell whether there is such a person',
    access: write,
    limit: 'key',
    audit: audit('teams.invite'),
    request: {
      params: idParams,
      body: jsonBody(z.strictObject({ email: z.email().max(254), role: givenRole.default('member') })),
    },
    responses: { 202: { description: 'If there is such a person, the invitation waits to be accepted' } },
    errors: ['not_found', 'conflict'],
  }),
  joinTeam: defineRoute({
    method: 'POST',
    path: '/v1/teams/:id/join',
    summary: 'Accept an invitation: from now on the owner and admins see the usage that is booked',
    access: write,
    limit: 'key',
    audit: audit('teams.join'),
    request: { params: idParams },
    responses: { 200: { description: 'The team', schema: team } },
    errors: ['not_found', 'conflict'],
  }),
  changeMember: defineRoute({
    method: 'PATCH',
    path: '/v1/teams/:id/members/:user_id',
    summary: "Change a member's role; for the owner",
    access: write,
    limit: 'key',
    audit: audit('teams.change_member'),
    request: { params: memberParams, body: jsonBody(z.strictObject({ role: givenRole })) },
    responses: { 200: { description: 'The team', schema: team } },
    errors: ['not_found'],
  }),
  removeMember: defineRoute({
    method: 'DELETE',
    path: '/v1/teams/:id/members/:user_id',
    summary: 'Take a member out, or leave; the owner stays',
    access: write,
    limit: 'key',
    audit: audit('teams.remove_member'),
    request: { params: memberParams },
    responses: { 204: { description: 'No longer in the team' } },
    errors: ['not_found'],
  }),
};
