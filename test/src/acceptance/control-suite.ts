import { beforeAll, expect, test } from 'vitest';
import type { Keyward } from '../product/keyward.ts';
import { createPerson, type IssuedKey, issueKey } from '../product/people-and-keys.ts';
import { describePeople } from './people-suite.ts';
import type { ProductUnderTest } from './product-under-test.ts';

/** The operators' API. */
export function describeControl(given: () => ProductUnderTest): void {
  describePeople(given);

  let keyward: Keyward;
  let metadata: IssuedKey;
  let send: ProductUnderTest['send'];
  let root: IssuedKey;
  let admin: IssuedKey;
  beforeAll(async () => {
    ({ keyward, metadata, send } = given());
    await createPerson(keyward, 'eve', 'admin');
    root = await issueKey(keyward, 'ada', { service: 'control' });
    admin = await issueKey(keyward, 'eve', { service: 'control' });
  });

  const wanted = {
    owner: 'bob@example.com',
    name: 'by api',
    service: 'metadata',
    environment: 'live',
    scopes: ['metadata:read'],
  };
  const codeOf = async (answer: Response) => [
    answer.status,
    ((await answer.json()) as { code?: string }).code,
  ];

  test('K2, K10: an operator makes a key that is shown once and works, and revokes it', async () => {
    const limits = [{ limit: 7, window_seconds: 60 }];
    const made = await send(admin, 'POST', '/v1/control/keys', {
      ...wanted,
      limits,
      expires_in_seconds: 3600,
    });
    expect(made.status).toBe(201);
    const { id, key } = (await made.json()) as IssuedKey;
    const used = await send({ id, key }, 'GET', '/api/metadata');
    expect([used.status, used.headers.get('x-ratelimit-limit')]).toEqual([200, '7']);
    const shown = await (await send(admin, 'GET', `/v1/control/keys/${id}`)).text();
    expect(shown).not.toContain(key);
    expect(shown).not.toContain('hmac-sha256');
    expect(JSON.parse(shown)).toMatchObject({ id, limits, unused_scopes: [], prefix: key.slice(0, 21) });
    expect((await send(admin, 'POST', `/v1/control/keys/${id}/revoke`)).status).toBe(200);
    await expect
      .poll(async () => (await send({ id, key }, 'GET', '/api/metadata')).status, { timeout: 20_000 })
      .toBe(401);
  });

  test('R1, K4: a control key does what its scopes and its owner’s role allow, and no more', async () => {
    const reader = await issueKey(keyward, 'eve', { service: 'control', scopes: ['keys:read'] });
    expect(await codeOf(await send(reader, 'POST', '/v1/control/keys', wanted))).toEqual([
      403,
      'missing_scope',
    ]);
    expect(await codeOf(await send(metadata, 'GET', '/v1/control/keys'))).toEqual([403, 'missing_scope']);
    const control = { ...wanted, owner: 'eve@example.com', service: 'control', scopes: ['keys:read'] };
    expect(await codeOf(await send(admin, 'POST', '/v1/control/keys', control))).toEqual([
      403,
      'insufficient_permissions',
    ]);
    expect((await send(root, 'POST', '/v1/control/keys', control)).status).toBe(201);
    const forUser = { ...control, owner: 'bob@example.com' };
    expect(await codeOf(await send(root, 'POST', '/v1/control/keys', forUser))).toEqual([
      403,
      'insufficient_permissions',
    ]);
  });

  test('V1: a key that makes no sense is refused by pointer, and nothing is made', async () => {
    const before = await (await send(admin, 'GET', '/v1/control/keys?limit=1000')).json();
    const wrong = {
      ...wanted,
      scopes: ['metadata:everything'],
      allowed_ips: ['10.0.0.0/33'],
      allowed_origins: ['example.com'],
    };
    const answer = await send(admin, 'POST', '/v1/control/keys', wrong);
    expect(answer.status).toBe(422);
    const { errors } = (await answer.json()) as { errors: { pointer: string }[] };
    expect(errors.map(({ pointer }) => pointer)).toEqual([
      '/scopes/0',
      '/allowed_ips/0',
      '/allowed_origins/0',
    ]);
    expect(await (await send(admin, 'GET', '/v1/control/keys?limit=1000')).json()).toMatchObject({
      data: (before as { data: { id: string }[] }).data.map(({ id }) => ({ id })),
    });
  });

  test('A1, A6: changes by API are in the audit log with who made them, and found by API', async () => {
    const made = await send(admin, 'POST', '/v1/control/people', { email: 'zoe@example.com', name: 'Zoe' });
    expect(made.status).toBe(201);
    const requestId = made.headers.get('x-request-id');
    const found = async () =>
      (await (await send(admin, 'GET', `/v1/control/audit?request=${requestId}`)).json()) as {
        data: object[];
      };
    await expect.poll(async () => (await found()).data.length, { timeout: 20_000 }).toBe(2);
    const { data } = await found();
    expect(data).toContainEqual(
      expect.objectContaining({
        action: 'users.create',
        method: '-',
        api_key: admin.id,
        after: { email: 'zo***@example.com', name: 'Zoe', role: 'user' },
      }),
    );
    expect(data).toContainEqual(
      expect.objectContaining({ action: 'users.create', method: 'POST', status: 201, api_key: admin.id }),
    );
    expect(
      await codeOf(
        await send(admin, 'POST', '/v1/control/people', { email: 'zoe@example.com', name: 'Zoe' }),
      ),
    ).toEqual([409, 'conflict']);
  });
}
