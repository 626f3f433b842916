import { defineRoute, jsonBody, newUserSchema, roles } from '@keyward/guard';
import { z } from 'zod';
import { listOf, pageQuery } from '../page-query.ts';

export const userSchema = z.object({
  id: z.string().max(64),
  name: z.string().max(100),
  email: z.string().max(254),
  role: z.enum(roles),
  banned: z.boolean(),
  created_at: z.iso.datetime(),
});

export const peopleContract = {
  listPeople: defineRoute({
    method: 'GET',
    path: '/v1/control/people',
    summary: 'People, newest first',
    access: { kind: 'scopes', scopes: ['people:read'], role: 'admin' },
    limit: 'key',
    audit: { action: 'users.list', objectType: 'user' },
    request: { query: z.strictObject(pageQuery) },
    responses: { 200: { description: 'A page of people.', schema: listOf(userSchema) } },
    errors: [],
  }),
  createPerson: defineRoute({
    method: 'POST',
    path: '/v1/control/people',
    summary: 'Make a person with the role user',
    access: { kind: 'scopes', scopes: ['people:write'], role: 'admin' },
    limit: 'key',
    audit: { action: 'users.create', objectType: 'user' },
    // Other roles need a second person (R4); the console makes them meanwhile.
    request: { body: jsonBody(newUserSchema.omit({ role: true })) },
    responses: { 201: { description: 'The person.', schema: userSchema } },
    errors: ['conflict'],
  }),
};
