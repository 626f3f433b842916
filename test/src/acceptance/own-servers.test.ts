import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { Keyward } from '../product/keyward.ts';
import { createEmptyDatabase, query } from '../product/own-database.ts';
import { describeProduct } from './acceptance-suite.ts';

/** As the manual says: the owner migrates, and the role that serves owns nothing (D4). */
describeProduct('on a PostgreSQL and a Redis of its own, as a role that owns nothing', async () => {
  const server = inject('postgresUrl');
  const database = await createEmptyDatabase(server);
  const [owner, application] = ['owner', 'application'].map(
    (role) => `${role}_${randomBytes(6).toString('hex')}`,
  );
  const urls = [owner, application].map((role = '') => {
    const url = new URL(database.url);
    url.username = role;
    url.password = role;
    return url.href;
  });
  for (const role of [owner, application])
    await query(server, `CREATE ROLE ${role} LOGIN PASSWORD '${role}'`);
  await query(server, `ALTER DATABASE ${new URL(database.url).pathname.slice(1)} OWNER TO ${owner}`);
  const [ownerUrl = '', applicationUrl = ''] = urls;
  const redis = inject('redisUrl');
  const environment = {
    DATABASE_URL: applicationUrl,
    KEYWARD_SECRET: randomBytes(32).toString('base64'),
    ...(redis && { REDIS_URL: redis }),
  };

  // Migrated beforehand by the one command that has the owner's URL; the node and all other commands have it not.
  const migration = await Keyward.create({ environment: { ...environment, DATABASE_OWNER_URL: ownerUrl } });
  await migration.run('migrate');
  await migration[Symbol.asyncDispose]();
  const keyward = await Keyward.create({ environment });
  await keyward.start();
  return {
    keyward,
    async close() {
      await keyward[Symbol.asyncDispose]();
      await database.drop();
      for (const role of [owner, application]) await query(server, `DROP ROLE ${role}`);
    },
  };
});
