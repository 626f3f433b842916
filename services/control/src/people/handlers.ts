import {
  createUser,
  type Handlers,
  isProblem,
  json,
  listUsers,
  page,
  snakeCase,
  type User,
} from '@keyward/guard';
import { actorOf } from '../actor-of.ts';
import type { ControlDeps } from '../service.ts';
import type { peopleContract } from './contract.ts';

export function peopleHandlers({ database, clock }: ControlDeps): Handlers<typeof peopleContract> {
  return {
    async listPeople({ query }) {
      const rows = await listUsers(database, {
        limit: query.limit + 1,
        ...(query.cursor && { after: query.cursor }),
      });
      return json(200, page(rows, query.limit, presentUser));
    },

    async createPerson({ body }, context) {
      const user = await createUser(database, { ...body, role: 'user' }, actorOf(context), clock);
      if (isProblem(user)) return user;
      context.audited(user.id);
      return json(201, presentUser(user));
    },
  };
}

function presentUser({ id, name, email, role, banned, createdAt }: User) {
  return snakeCase({ id, name, email, role, banned, createdAt });
}
