import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { Keyward } from '../product/keyward.ts';
import { createOwnDatabase, query } from '../product/own-database.ts';
import { ownPgbouncer } from '../product/own-pgbouncer.ts';
import { createPerson, issueKey } from '../product/people-and-keys.ts';
import { describeProduct } from './acceptance-suite.ts';

const pgbouncer = await ownPgbouncer();
afterAll(() => pgbouncer?.stop());

describe.skipIf(pgbouncer === undefined)('behind PgBouncer in transaction mode', () => {
  const through = (url: string): string => pgbouncer?.through(url) ?? url;
  const redis = inject('redisUrl');
  let left: unknown;

  describeProduct(
    'with a direct way around it',
    async () => {
      const database = await createOwnDatabase(inject('postgresUrl'));
      const environment = {
        DATABASE_URL: through(database.url),
        DATABASE_DIRECT_URL: database.url,
        ...(redis && { REDIS_URL: redis }),
      };
      const keyward = await Keyward.create({ environment });
      await keyward.start();
      return {
        keyward,
        async close() {
          await keyward[Symbol.asyncDispose]();
          left = await leftBehind(through(database.url));
          await database.drop();
        },
      };
    },
    'core',
  );

  test('K10: nothing of a session was left on the connections that all clients share', () => {
    expect(left).toEqual([]);
  });

  describe('with nothing else', () => {
    let database: Awaited<ReturnType<typeof createOwnDatabase>>;
    let keyward: Keyward;
    beforeAll(async () => {
      database = await createOwnDatabase(inject('postgresUrl'));
      keyward = await Keyward.create({ environment: { DATABASE_URL: through(database.url) } });
      await keyward.start();
      await createPerson(keyward, 'ada', 'super_admin');
    });
    afterAll(async () => {
      await keyward[Symbol.asyncDispose]();
      await database.drop();
    });

    const statusOf = async (key: string) => {
      const answer = await keyward.fetch('/api/metadata?limit=1', { headers: { 'x-api-key': key } });
      await answer.arrayBuffer();
      return answer.status;
    };

    test('K10: the node says that notifications do not pass, and what to set', async () => {
      await expect.poll(() => keyward.output, { timeout: 50_000 }).toContain('set DATABASE_DIRECT_URL');
    });

    test('K10: a key that was revoked by plain SQL is refused within 5 s, and no other is', async () => {
      const [doomed, living] = await Promise.all([issueKey(keyward, 'ada'), issueKey(keyward, 'ada')]);
      expect([await statusOf(doomed.key), await statusOf(living.key)]).toEqual([200, 200]);
      await query(database.url, `UPDATE api_keys SET revoked_at = NOW() WHERE id = '${doomed.id}'`);
      const revokedAtMs = performance.now();
      while (performance.now() < revokedAtMs + 5_000) {
        await statusOf(doomed.key);
        expect(await statusOf(living.key)).toBe(200);
        await delay(20);
      }
      expect([await statusOf(doomed.key), await statusOf(living.key)]).toEqual([401, 200]);
    });

    test('O1, O4: a node that was killed starts again: it left no lock behind, and jobs are done', async () => {
      await keyward.kill9();
      await keyward.start();
      expect(await statusOf('none')).toBe(401);
      const done = `SELECT FROM keyward_jobs.job WHERE state = 'completed'`;
      await expect
        .poll(async () => (await query(database.url, done)).length, { timeout: 50_000 })
        .toBeGreaterThan(0);
    });

    test('K10: of a session only the listening is left on the connections that all clients share', async () => {
      await keyward.stop();
      const found = await leftBehind(through(database.url));
      expect(found.filter(({ what }) => what !== 'channel')).toEqual([]);
    });
  });
});

/** What connections of the pooler keep of sessions that are over. */
async function leftBehind(url: string): Promise<{ what: string }[]> {
  const clients = Array.from({ length: 11 }, () => new pg.Client({ connectionString: url }));
  try {
    for (const client of clients) {
      await client.connect();
      // In a transaction each has a connection to PostgreSQL of its own.
      await client.query('BEGIN');
    }
    const found = await Promise.all(clients.map(async (client) => (await client.query(sessionState)).rows));
    return found.flat();
  } finally {
    await Promise.all(clients.map((client) => client.end()));
  }
}

/** PgBouncer itself sets what its clients asked for when they connected. */
const sessionState = `
  SELECT 'prepared statement' AS what, name FROM pg_prepared_statements
  UNION ALL SELECT 'channel', pg_listening_channels()
  UNION ALL SELECT 'advisory lock', objid::text FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()
  UNION ALL SELECT 'temporary table', relname::text FROM pg_class WHERE relnamespace = pg_my_temp_schema()
  UNION ALL SELECT 'setting', name FROM pg_settings WHERE source = 'session'
    AND name NOT IN ('client_encoding', 'DateStyle', 'TimeZone', 'standard_conforming_strings', 'application_name')`;
