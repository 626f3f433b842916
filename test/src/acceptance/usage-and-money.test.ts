import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { Keyward } from '../product/keyward.ts';
import { createOwnDatabase, query } from '../product/own-database.ts';
import { createPerson, type IssuedKey, issueKey } from '../product/people-and-keys.ts';
import { untilNotBusy } from './until-not-busy.ts';

const redis = inject('redisUrl');
const secret = 'q3V9x2Lm8Rt5Wz1Yc7Bn4Kd6Hf0Jg/Ps+Ua=Ee';
const scopes = ['usage:read', 'usage:write', 'budgets:write', 'teams:write', 'prices:write'];

describe.skipIf(redis === '')('usage and money on two nodes', () => {
  let database: Awaited<ReturnType<typeof createOwnDatabase>>;
  let nodes: Keyward[];
  let ada: IssuedKey;
  let bob: IssuedKey;

  beforeAll(async () => {
    database = await createOwnDatabase(inject('postgresUrl'));
    const environment = { DATABASE_URL: database.url, REDIS_URL: redis, KEYWARD_SECRET: secret };
    nodes = await Promise.all([Keyward.create({ environment }), Keyward.create({ environment })]);
    await Promise.all(nodes.map((node) => node.start()));
    const first = nodes[0] as Keyward;
    await createPerson(first, 'ada', 'admin');
    await createPerson(first, 'bob');
    ada = await issueKey(first, 'ada', { service: 'meterr', scopes });
    bob = await issueKey(first, 'bob', { service: 'meterr', scopes });
  });
  afterAll(async () => {
    await Promise.all(nodes.map((node) => node[Symbol.asyncDispose]()));
    await database.drop();
  });

  function send(key: IssuedKey, method: string, path: string, body?: unknown, node = 0): Promise<Response> {
    return (nodes[node] as Keyward).fetch(path, {
      method,
      headers: { authorization: `Bearer ${key.key}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  }
  const read = async (key: IssuedKey, path: string) =>
    (await (await send(key, 'GET', path)).json()) as Record<string, unknown>;

  test('T3: sent fifty times at once to both nodes, an event is one row', async () => {
    const event = { event_id: 'once', model: 'gpt-4', input_tokens: 1000, tags: { project: 'x' } };
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) => untilNotBusy(() => send(ada, 'POST', '/v1/usage', event, n % 2))),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(1);
    expect(statuses.filter((status) => status === 200)).toHaveLength(49);
    expect(await query(database.url, `SELECT 1 FROM usage_events WHERE event_id = 'once'`)).toHaveLength(1);
    const other = await send(ada, 'POST', '/v1/usage', { ...event, input_tokens: 1001 }, 1);
    expect(other.status).toBe(409);
  });

  test('T5: a budget shows what is spent, and reported usage is never refused for it', async () => {
    const wanted = { name: 'all', subject: { kind: 'key', id: ada.id }, limit: '0.04', hard: true };
    const made = await send(ada, 'POST', '/v1/budgets', wanted);
    expect(made.status).toBe(201);
    const { id, current } = (await made.json()) as { id: string; current: object };
    expect(current).toMatchObject({ spent: '0.030000', remaining: '0.010000' });
    const more = await send(ada, 'POST', '/v1/usage', { model: 'gpt-4', input_tokens: 1000 }, 1);
    expect(more.status).toBe(201);
    expect((await read(ada, `/v1/budgets/${id}`)).current).toMatchObject({ exceeded_by: '0.020000' });
    expect((await send(bob, 'GET', `/v1/budgets/${id}`)).status).toBe(404);
    expect((await send(bob, 'POST', '/v1/budgets', wanted)).status).toBe(404);
  });

  test('T3, T4: costs, forecast, export and the breakdown of an event', async () => {
    expect(await read(ada, '/v1/costs')).toMatchObject({
      total_cost: '0.060000',
      data: [{ group: 'openai' }],
    });
    expect(await read(ada, '/v1/costs?group_by=tag&tag=project')).toMatchObject({
      data: [
        { group: 'x', cost: '0.030000' },
        { group: null, cost: '0.030000' },
      ],
    });
    expect(await read(ada, '/v1/costs/forecast')).toMatchObject({ cost_to_date: '0.060000', forecast: null });
    const [event] = (await read(ada, '/v1/usage?event_id=once')).data as { id: string }[];
    expect(await read(ada, `/v1/usage/${event?.id}/cost-breakdown`)).toMatchObject({
      adds_up: true,
      lines: [{ class: 'input_tokens', count: 1000, rate: '0.00003', subtotal: '0.03' }],
    });
    const csv = await send(ada, 'GET', '/v1/usage/export?format=csv');
    expect(csv.headers.get('content-type')).toContain('text/csv');
    expect((await csv.text()).trimEnd().split('\r\n')).toHaveLength(3);
    expect(await (await send(bob, 'GET', '/v1/usage/export?format=jsonl')).text()).toBe('');
  });

  test('T4: only operators set prices; what had none is priced, and every sum agrees', async () => {
    await send(bob, 'POST', '/v1/usage', { provider: 'us', model: 'own', input_tokens: 1000 });
    const price = { provider: 'us', model: 'own', per: '1000000', rates: { input_tokens: '2' } };
    expect((await send(bob, 'POST', '/v1/prices', price)).status).toBe(403);
    const set = await send(ada, 'POST', '/v1/prices', price);
    expect(set.status).toBe(201);
    expect(await set.json()).toMatchObject({ repricing: { dry_run: true, events: 1, cost: '0.002000' } });
    const first = nodes[0] as Keyward;
    expect(await first.cli('prices', 'reprice')).toMatchObject({ dry_run: true, events: 1 });
    expect(await first.cli('prices', 'reprice', '--apply')).toMatchObject({ dry_run: false, events: 1 });
    expect(await read(bob, '/v1/costs')).toMatchObject({ total_cost: '0.002000', unpriced_events: 0 });
    expect(await first.cli('meterr', 'verify')).toMatchObject({ findings: 0, accounts: 2 });
    const file = join(first.dataFolder, 'price.json');
    await writeFile(file, JSON.stringify({ ...price, model: 'own-2' }));
    expect(await first.cli('prices', 'set', file)).toMatchObject({ repricing: { events: 0 } });
    expect(await first.cli('prices', 'check')).toMatchObject({ data: expect.any(Array) });
    await query(database.url, 'UPDATE usage_by_day SET cost = cost + 1');
    await expect(first.run('meterr', 'verify')).rejects.toMatchObject({ code: 1 });
  }, 300_000);

  test('T7: a team’s usage is for who leads it, and only with the members’ consent', async () => {
    const { id } = (await (await send(ada, 'POST', '/v1/teams', { name: 'both' })).json()) as { id: string };
    expect((await send(bob, 'GET', `/v1/teams/${id}`)).status).toBe(404);
    const invited = await send(ada, 'POST', `/v1/teams/${id}/members`, { email: 'bob@example.com' });
    expect(invited.status).toBe(202);
    await send(bob, 'POST', '/v1/usage', { model: 'gpt-4', input_tokens: 10 });
    expect((await send(bob, 'POST', `/v1/teams/${id}/join`)).status).toBe(200);
    await send(bob, 'POST', '/v1/usage', { model: 'gpt-4', input_tokens: 100 }, 1);
    expect(await read(ada, `/v1/usage/summary?team_id=${id}&by=user`)).toMatchObject({ total_tokens: 100 });
    expect((await send(bob, 'GET', `/v1/usage/summary?team_id=${id}`)).status).toBe(404);
  });
});
