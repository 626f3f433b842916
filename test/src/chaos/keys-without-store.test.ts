import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Keyward } from '../product/keyward.ts';
import { createPerson, type IssuedKey, issueKey } from '../product/people-and-keys.ts';
import { startPostgres, type TestPostgres } from '../services/index.ts';
import { patience, timeoutMs } from './rounds.ts';

describe('a node with KEYS_WHEN_STORE_IS_AWAY=serve:20s', () => {
  const letIn = 422;
  let postgres: TestPostgres;
  let keyward: Keyward;
  let [used, unused, revoked]: IssuedKey[] = [];
  beforeAll(async () => {
    postgres = await startPostgres();
    const environment = { DATABASE_URL: postgres.url, KEYS_WHEN_STORE_IS_AWAY: 'serve:20s' };
    keyward = await Keyward.create({ environment });
    await keyward.start();
    await createPerson(keyward, 'ada', 'super_admin');
    const issue = () => issueKey(keyward, 'ada', { service: 'meterr' });
    [used, unused, revoked] = [await issue(), await issue(), await issue()];
    await keyward.run('keys', 'revoke', revoked.id);
  }, timeoutMs);
  afterAll(async () => {
    await keyward[Symbol.asyncDispose]();
    await postgres.stop();
  });

  /** Sends what is refused as wrong once the key has been let in: nothing of it needs the database. */
  const statusOf = async (issued: IssuedKey | undefined): Promise<number> => {
    const answer = await keyward.fetch('/v1/tokens', {
      method: 'POST',
      headers: { 'x-api-key': issued?.key ?? '', 'content-type': 'application/json' },
      body: '{}',
    });
    await answer.arrayBuffer();
    return answer.status;
  };
  const readiness = async () => {
    const answer = await keyward.fetch('/readyz');
    const { checks } = (await answer.json()) as { checks: Record<string, string> };
    return { status: answer.status, ...checks };
  };

  const said = (words: RegExp) => keyward.output.match(words)?.length ?? 0;

  test(
    'K10: while PostgreSQL is away verified keys go on for that time and others do not, and it says so',
    async () => {
      expect([await statusOf(used), await statusOf(revoked)]).toEqual([letIn, 401]);
      await postgres.kill9();
      // What was read a moment ago is good for some seconds; after that they go on because of the setting.
      const seen = async () => ({ letIn: await statusOf(used), ...(await readiness()) });
      await expect
        .poll(seen, patience)
        .toMatchObject({ letIn, status: 200, database: 'away', keys: 'stale' });
      expect([await statusOf(used), await statusOf(unused), await statusOf(revoked)]).toEqual([
        letIn,
        503,
        401,
      ]);
      await expect.poll(() => said(/The key store is away/g)).toBe(1);
      await expect.poll(() => statusOf(used), patience).toBe(503);
      await expect.poll(readiness, patience).toMatchObject({ status: 503, database: 'away' });

      await postgres.start();
      await expect.poll(() => statusOf(used), patience).toBe(letIn);
      expect([await statusOf(unused), await statusOf(revoked)]).toEqual([letIn, 401]);
      await expect.poll(readiness, patience).toMatchObject({ status: 200, database: 'ok', keys: 'ok' });
      await expect.poll(() => said(/The key store is back/g)).toBe(1);
      expect(said(/The key store is away/g)).toBe(1);
    },
    timeoutMs,
  );
});
