import { describe, inject } from 'vitest';
import { Keyward } from '../product/keyward.ts';
import { limitsAreShared } from '../product/limits-are-shared.ts';
import { createOwnDatabase } from '../product/own-database.ts';
import { behindProxy, describeAddresses } from './address-suite.ts';

describeAddresses('addresses, everything embedded', async () => {
  const keyward = await (await Keyward.create({ environment: behindProxy })).start();
  return { nodes: [keyward], close: () => keyward[Symbol.asyncDispose]() };
});

describe.skipIf(inject('redisUrl') === '')('addresses on two nodes', () => {
  describeAddresses('that share PostgreSQL and Redis', async () => {
    const database = await createOwnDatabase(inject('postgresUrl'));
    const environment = {
      ...behindProxy,
      DATABASE_URL: database.url,
      REDIS_URL: inject('redisUrl'),
      KEYWARD_SECRET: 'q3V9x2Lm8Rt5Wz1Yc7Bn4Kd6Hf0Jg/Ps+Ua=Ee',
    };
    const nodes = await Promise.all([Keyward.create({ environment }), Keyward.create({ environment })]);
    await Promise.all(nodes.map((node) => node.start()));
    await limitsAreShared(nodes);
    return {
      nodes,
      async close() {
        await Promise.all(nodes.map((node) => node[Symbol.asyncDispose]()));
        await database.drop();
      },
    };
  });
});
