import { defineRoute, jsonBody, newUserSchema } from '@keyward/guard';
import { z } from 'zod';
import { listOf, pageQuery } from '../page-query.ts';
import { personChangesContract } from './change-contract.ts';
import { personSchema } from './person-schema.ts';

export const peopleContract = {
  listPeople: defineRoute({
    method: 'GET',
    path: '/v1/control/people',
    summary: 'People, newest first',
    access: { kind: 'scopes', scopes: ['people:read'], role: 'admin' },
    limit: 'key',
    audit: { action: 'users.list', objectType: 'user' },
    request: {
      query: z.strictObject({
        ...pageQuery,
        deleted: z.enum(['include']).optional().describe('With it, deleted people are listed too'),
      }),
    },
    responses: { 200: { description: 'A page of people.', schema: listOf(personSchema) } },
    errors: [],
  }),
  createPerson: defineRoute({
    method: 'POST',
    path: '/v1/control/people',
    summary: 'Make a person with the role user',
    access: { kind: 'scopes', scopes: ['people:write'], role: 'admin' },
    limit: 'key',
    audit: { action: 'users.create', objectType: 'user', isAdministrative: true },
    // Other roles need a second person (R4); the console makes them meanwhile.
    request: { body: jsonBody(newUserSchema.omit({ role: true })) },
    responses: { 201: { description: 'The person.', schema: personSchema } },
    errors: ['conflict'],
  }),
  ...personChangesContract,
};
