import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { auditRows } from '../product/audit-rows.ts';
import { Keyward } from '../product/keyward.ts';
import { limitsAreShared } from '../product/limits-are-shared.ts';
import { createEmptyDatabase, query } from '../product/own-database.ts';
import { createPerson, issueKey } from '../product/people-and-keys.ts';

const redis = inject('redisUrl');
const secret = 'q3V9x2Lm8Rt5Wz1Yc7Bn4Kd6Hf0Jg/Ps+Ua=Ee';

describe.skipIf(redis === '')('two nodes on one PostgreSQL and one Redis', () => {
  let database: Awaited<ReturnType<typeof createEmptyDatabase>>;
  let nodes: Keyward[];
  let first: Keyward;

  beforeAll(async () => {
    database = await createEmptyDatabase(inject('postgresUrl'));
    const environment = {
      DATABASE_URL: database.url,
      REDIS_URL: redis,
      KEYWARD_SECRET: secret,
    };
    nodes = await Promise.all([Keyward.create({ environment }), Keyward.create({ environment })]);
    // At once: whoever comes second waits for the migrations and finds the same keyring.
    await Promise.all(nodes.map((node) => node.start()));
    await limitsAreShared(nodes);
    first = nodes[0] as Keyward;
    await createPerson(first, 'ada', 'super_admin');
  });
  afterAll(async () => {
    await Promise.all(nodes.map((node) => node[Symbol.asyncDispose]()));
    await database.drop();
  });

  const statusOf = async (key: string, at: number): Promise<number> => {
    const answer = await (nodes[at % 2] as Keyward).fetch('/api/metadata', { headers: { 'x-api-key': key } });
    await answer.arrayBuffer();
    return answer.status;
  };
  /** Fifty at once: of more a busy machine answers some so late that Redis counts as away (O6), and nodes count alone. */
  const statuses = async (key: string, count: number): Promise<number[]> => {
    const all: number[] = [];
    while (all.length < count) {
      const some = Array.from({ length: Math.min(50, count - all.length) }, (_, at) => statusOf(key, at));
      all.push(...(await Promise.all(some)));
    }
    return all;
  };

  test('L1, L3: a limit of 100 is exactly 100 over both nodes under parallel load', async () => {
    const { key } = await issueKey(first, 'ada', { limit: '100/1h' });
    await limitsAreShared(nodes);
    const answers = await statuses(key, 400);
    expect(answers.filter((status) => status === 200)).toHaveLength(100);
    expect(answers.filter((status) => status === 429)).toHaveLength(300);
  });

  test('K6: a maximum of 30 uses is exactly 30 over both nodes, whatever a limit refuses', async () => {
    const { key } = await issueKey(first, 'ada', { more: { usesMax: 30 } });
    const answers = await statuses(key, 200);
    expect(answers.filter((status) => status === 200)).toHaveLength(30);
    expect(answers.filter((status) => status === 403)).toHaveLength(170);
    const limited = await issueKey(first, 'ada', { limit: '10/1h', more: { usesMax: 30 } });
    expect((await statuses(limited.key, 100)).filter((status) => status === 429)).toHaveLength(90);
    const shown = await first.cli<{ uses: object }>('keys', 'show', limited.id);
    expect(shown.uses).toEqual({ max: 30, used: 10 });
  });

  test('K10: the checklist’s UPDATE stops a key on both nodes, and no other key', async () => {
    const doomed = await issueKey(first, 'ada');
    const living = await issueKey(first, 'ada');
    expect(new Set(await statuses(doomed.key, 20))).toEqual(new Set([200]));
    await query(database.url, `UPDATE api_keys SET revoked_at = NOW() WHERE id = '${doomed.id}'`);
    await expect
      .poll(async () => [...new Set(await statuses(doomed.key, 4))], { timeout: 20_000, interval: 10 })
      .toEqual([401]);
    for (let round = 0; round < 10; round += 1)
      expect(new Set(await statuses(doomed.key, 10))).toEqual(new Set([401]));
    expect(new Set(await statuses(living.key, 20))).toEqual(new Set([200]));
  });

  test('A6: the checklists’ audit statements run as written', async () => {
    const { id, key } = await issueKey(first, 'ada', { limit: '100/1h', scopes: ['metadata:read'] });
    await limitsAreShared(nodes);
    await statuses(key, 210);
    // A search ships what the node's journal still holds (A2).
    for (const node of nodes) await auditRows(node, {}, 1);
    const usage = await query<{ api_key: string; request_count: string; last_used: Date }>(
      database.url,
      `-- Find API key usage
SELECT api_key, COUNT(*) as request_count, MAX(created_at) as last_used
FROM audit_logs
WHERE api_key IS NOT NULL
GROUP BY api_key
ORDER BY last_used DESC;`,
    );
    expect(usage[0]).toMatchObject({ api_key: id, request_count: '210' });
    const suspicious = await query<{ api_key: string; error_count: string }>(
      database.url,
      `-- Find suspicious patterns
SELECT api_key, COUNT(*) as error_count
FROM audit_logs
WHERE status >= 400
GROUP BY api_key
HAVING COUNT(*) > 100
ORDER BY error_count DESC;`,
    );
    expect(suspicious).toContainEqual({ api_key: id, error_count: '110' });
    const day = await query(
      database.url,
      `SELECT * FROM audit_logs WHERE api_key = '${id}' AND created_at > NOW() - INTERVAL '1 day';`,
    );
    expect(day).toHaveLength(210);
  });

  test('A4: nobody changes or removes a row of the audit log', async () => {
    for (const statement of [
      'UPDATE audit_logs SET status = 200',
      'DELETE FROM audit_logs',
      'TRUNCATE audit_logs',
    ]) {
      await expect(query(database.url, statement)).rejects.toThrow('append only');
    }
  });

  test('O1: a third node that does not share the limits is refused with what to do', async () => {
    await using lonely = await Keyward.create({
      environment: { DATABASE_URL: database.url, KEYWARD_SECRET: secret },
    });
    await expect(lonely.start()).rejects.toThrow(/set REDIS_URL on each/);
  });

  test('D3: a node with another root secret does not start, and says so', async () => {
    const environment = {
      DATABASE_URL: database.url,
      REDIS_URL: redis,
      KEYWARD_SECRET: 'zZ81kQw7Lx0Nf5Rb3Vd9Hs2Jm6Tc4Yg/Pa+Ui=Oe',
    };
    await using stranger = await Keyward.create({ environment });
    await expect(stranger.start()).rejects.toThrow(/KEYWARD_SECRET does not open the keyring/);
  });
});
