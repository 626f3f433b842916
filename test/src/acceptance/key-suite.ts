import { beforeAll, expect, test } from 'vitest';
import type { Keyward } from '../product/keyward.ts';
import { type IssuedKey, issueKey } from '../product/people-and-keys.ts';
import type { ProductUnderTest } from './product-under-test.ts';

/** What happens to a key between its making and its end. */
export function describeKeys(given: () => ProductUnderTest): void {
  let keyward: Keyward;
  let send: ProductUnderTest['send'];
  let root: IssuedKey;
  beforeAll(async () => {
    ({ keyward, send } = given());
    root = await issueKey(keyward, 'ada', { service: 'control' });
  });

  const statusOf = async (key: IssuedKey) => {
    const answer = await send(key, 'GET', '/api/metadata');
    await answer.arrayBuffer();
    return answer.status;
  };
  const statuses = (key: IssuedKey, count: number) =>
    Promise.all(Array.from({ length: count }, () => statusOf(key)));
  const change = (id: string, changes: object) => send(root, 'PATCH', `/v1/control/keys/${id}`, changes);

  test('K6: a key with a maximum of uses is used exactly so often, and again when the maximum is raised', async () => {
    const key = await issueKey(keyward, 'bob', { more: { usesMax: 5 } });
    const answers = await statuses(key, 20);
    expect(answers.filter((status) => status === 200)).toHaveLength(5);
    expect(answers.filter((status) => status === 403)).toHaveLength(15);
    expect((await change(key.id, { uses_max: 7 })).status).toBe(200);
    await expect.poll(() => statusOf(key), { timeout: 20_000 }).toBe(200);
    expect(await (await send(key, 'GET', '/v1/auth/verify')).json()).toMatchObject({
      key: { uses: { max: 7, used: 6 } },
    });
    expect(await statuses(key, 3)).toContain(200);
    expect(await statusOf(key)).toBe(403);
  });

  test('K6: a restriction that is set on a living key holds at once, and is gone when taken away', async () => {
    const key = await issueKey(keyward, 'bob');
    expect(await statusOf(key)).toBe(200);
    expect((await change(key.id, { allowed_ips: ['192.0.2.0/24'] })).status).toBe(200);
    await expect.poll(() => statusOf(key), { timeout: 20_000 }).toBe(403);
    await keyward.cli('keys', 'update', key.id, '--remove', 'allowed-ips');
    await expect.poll(() => statusOf(key), { timeout: 20_000 }).toBe(200);
    await keyward.cli('keys', 'update', key.id, '--scope', 'metadata:write');
    await expect.poll(() => statusOf(key), { timeout: 20_000 }).toBe(403);
  });

  test('V1: a change that makes no sense is refused by pointer and changes nothing', async () => {
    const key = await issueKey(keyward, 'bob');
    const answer = await change(key.id, { name: 'changed', allowed_ips: ['1.2.3.999'], scopes: ['*'] });
    expect(answer.status).toBe(422);
    const { errors } = (await answer.json()) as { errors: { pointer: string }[] };
    expect(errors.map(({ pointer }) => pointer)).toEqual(['/scopes/0', '/allowed_ips/0']);
    expect(await (await send(root, 'GET', `/v1/control/keys/${key.id}`)).json()).toMatchObject({
      name: 'test',
    });
    expect((await change('no-such-key', { name: 'x' })).status).toBe(404);
    expect((await change(key.id, { owner: 'ada@example.com' })).status).toBe(422);
  });
}
