import { createUser, type Handlers, isProblem, json, listUsers, page } from '@keyward/guard';
import { actorOf } from '../actor-of.ts';
import type { ControlDeps } from '../service.ts';
import { personChangeHandlers } from './change-handlers.ts';
import type { peopleContract } from './contract.ts';
import { presentPerson } from './present-person.ts';

export function peopleHandlers(deps: ControlDeps): Handlers<typeof peopleContract> {
  const { database, clock } = deps;
  return {
    async listPeople({ query }) {
      const rows = await listUsers(database, {
        limit: query.limit + 1,
        includesDeleted: query.deleted === 'include',
        ...(query.cursor && { after: query.cursor }),
      });
      return json(
        200,
        page(rows, query.limit, (user) => presentPerson(user, clock.now())),
      );
    },

    async createPerson({ body }, context) {
      const user = await createUser(database, { ...body, role: 'user' }, actorOf(context), clock);
      if (isProblem(user)) return user;
      context.audited(user.id);
      return json(201, presentPerson(user, clock.now()));
    },

    ...personChangeHandlers(deps),
  };
}
