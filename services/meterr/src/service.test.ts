import { createTestDatabase, fakeClock, testKeyring } from '@keyward/guard/testing';
import { expect, test } from 'vitest';
import { meterrContract } from './contract.ts';
import { meterrService } from './service.ts';
import { keyOf } from './testing/meterr-under-test.ts';

const migrations = { name: 'meterr', folder: new URL('../migrations', import.meta.url) };

test('K4: every scope that a route asks for is declared, and every route has a handler', async () => {
  await using database = await createTestDatabase(migrations);
  const service = meterrService({ database, clock: fakeClock(), keyring: testKeyring() });
  try {
    for (const [name, route] of Object.entries(meterrContract)) {
      expect(route.access.scopes.length).toBeGreaterThan(0);
      for (const scope of route.access.scopes) expect(service.scopes).toHaveProperty([scope]);
      expect(service.handlers).toHaveProperty(name);
    }
    expect(service.migrations?.href).toBe(migrations.folder.href);
  } finally {
    await service.stop?.();
  }
});

test('T1: a started service counts as the model’s tokenizer does, and starts twice without harm', async () => {
  await using database = await createTestDatabase(migrations);
  const messages: string[] = [];
  const log = { info: (_details: unknown, message: string) => void messages.push(message), error: () => {} };
  const service = meterrService({ database, clock: fakeClock(), keyring: testKeyring(), log });
  try {
    await service.start?.();
    await service.start?.();
    expect(messages).toHaveLength(1);
    const count = async () =>
      service.handlers.countTokens(
        {
          params: undefined,
          query: { decimals: 'six' },
          headers: undefined,
          body: { text: 'Hello 世界 🌍', model: 'gpt-4' },
        },
        {
          requestId: 'r',
          caller: keyOf('ann'),
          clientAddress: '127.0.0.1',
          signal: new AbortController().signal,
          audited: () => {},
        },
      );
    // Until its thread is up, which takes long on a busy machine, the answer is 503 with Retry-After.
    await expect.poll(count).toMatchObject({
      status: 201,
      body: { count: 8, encoding: 'cl100k_base', exactness: 'exact', cost: '0.000240', priced: 'exact' },
    });
  } finally {
    await service.stop?.();
  }
});
