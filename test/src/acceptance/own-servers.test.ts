import { inject } from 'vitest';
import { Keyward } from '../product/keyward.ts';
import { createOwnDatabase } from '../product/own-database.ts';
import { describeProduct } from './acceptance-suite.ts';

describeProduct('on a PostgreSQL and a Redis of its own', async () => {
  const database = await createOwnDatabase(inject('postgresUrl'));
  const redis = inject('redisUrl');
  const keyward = await Keyward.create({
    environment: { DATABASE_URL: database.url, ...(redis && { REDIS_URL: redis }) },
  });
  await keyward.start();
  return {
    keyward,
    async close() {
      await keyward[Symbol.asyncDispose]();
      await database.drop();
    },
  };
});
