import { describe, expect, test } from 'vitest';
import { createPerson, type IssuedKey, issueKey } from '../product/people-and-keys.ts';
import type { ProductUnderTest } from './product-under-test.ts';

interface Rotated extends IssuedKey {
  readonly name: string;
  readonly scopes: readonly string[];
  readonly expires_at: string | null;
  readonly old_key: { readonly id: string; readonly rotation: { readonly grace_ends_at: string } };
}

const hour = 3600;
const day = 24 * hour;

/** K7 and the claims of K8, the same by every way that people have. */
export function describeRotation(given: () => ProductUnderTest): void {
  const send: ProductUnderTest['send'] = (...request) => given().send(...request);
  const statusOf = async (key: IssuedKey) => (await send(key, 'GET', '/api/metadata')).status;
  const bodyOf = async <Body>(answer: Response, status: number): Promise<Body> => {
    const body = await answer.json();
    expect([answer.status, body]).toEqual([status, body]);
    return body as Body;
  };

  const operatorKeys = new WeakMap<ProductUnderTest, Promise<IssuedKey>>();
  const operator = (): Promise<IssuedKey> => {
    const made = operatorKeys.get(given()) ?? issueKey(given().keyward, 'ada', { service: 'control' });
    operatorKeys.set(given(), made);
    return made;
  };

  /** By API: a command takes a second. */
  const issue = async (more: object): Promise<IssuedKey> => {
    const wanted = {
      owner: 'bob@example.com',
      name: 'test',
      service: 'metadata',
      environment: 'live',
      scopes: ['metadata:read'],
      ...more,
    };
    return bodyOf<IssuedKey>(await send(await operator(), 'POST', '/v1/control/keys', wanted), 201);
  };

  const ways = {
    'by the API': async (old: IssuedKey, graceSeconds: number) =>
      bodyOf<Rotated>(
        await send(await operator(), 'POST', `/v1/control/keys/${old.id}/rotate`, {
          grace_seconds: graceSeconds,
        }),
        201,
      ),
    'by its holder': async (old: IssuedKey, graceSeconds: number) =>
      bodyOf<Rotated>(await send(old, 'POST', '/v1/auth/rotate', { grace_seconds: graceSeconds }), 201),
    'on the command line': (old: IssuedKey, graceSeconds: number) =>
      given().keyward.cli<Rotated>(
        'keys',
        'rotate',
        old.id,
        '--grace',
        graceSeconds === 0 ? '0' : `${graceSeconds}s`,
      ),
  };

  describe.each(Object.entries(ways))('a key rotated %s', (_way, rotate) => {
    test.each([
      ['0', 0, 0, {}],
      ['1 s', 1, 1, {}],
      ['24 h', day, day, {}],
      ['30 days', 30 * day, 30 * day, {}],
      ['30 days of a key that expires in an hour', 30 * day, hour, { expires_in_seconds: hour }],
    ])(
      'K7: lives on for a grace of %s beside its successor',
      async (_what, graceSeconds, livesSeconds, more) => {
        const old = await issue(more);
        const before = Date.now();
        const successor = await rotate(old, graceSeconds);
        const endsMs = Date.parse(successor.old_key.rotation.grace_ends_at);
        const slackMs = 60_000;
        expect(endsMs).toBeGreaterThan(before + livesSeconds * 1000 - slackMs);
        expect(endsMs).toBeLessThan(Date.now() + livesSeconds * 1000 + slackMs);
        expect(successor).toMatchObject({
          name: 'test',
          key: expect.stringMatching(/^sk-metadata_live_\w{32}$/),
        });
        expect(await statusOf(successor)).toBe(200);
        if (livesSeconds > 1) expect(await statusOf(old)).toBe(200);
        else await expect.poll(() => statusOf(old), { timeout: 20_000 }).toBe(401);
        const again = await send(await operator(), 'POST', `/v1/control/keys/${old.id}/rotate`, {});
        expect(await bodyOf(again, 409)).toMatchObject({ detail: expect.any(String) });
      },
    );
  });

  test('K7: a control key rotates itself, but not another one unless its owner is super_admin', async () => {
    await createPerson(given().keyward, 'rotating-admin', 'admin');
    const admin = await issueKey(given().keyward, 'rotating-admin', { service: 'control' });
    const other = await operator();
    await bodyOf(await send(admin, 'POST', `/v1/control/keys/${other.id}/rotate`, {}), 403);
    const { id, key } = await bodyOf<Rotated>(await send(admin, 'POST', '/v1/auth/rotate', {}), 201);
    const history = await send({ id, key }, 'GET', `/v1/control/keys/${admin.id}/rotations`);
    expect(await bodyOf(history, 200)).toMatchObject({
      data: [{ reason: 'user_requested', old_key_id: admin.id, new_key_id: id }],
    });
  });

  test('K7: a rotation is planned and called off by API and on the command line', async () => {
    const { id } = await issue({});
    const at = new Date(Date.now() + day * 1000).toISOString();
    const plan = { at, grace_seconds: 60, reason: 'scheduled' };
    const path = `/v1/control/keys/${id}`;
    const planned = { key_id: id, rotate_at: at, grace_seconds: 60, reason: 'scheduled' };
    expect(await bodyOf(await send(await operator(), 'POST', `${path}/rotate`, plan), 202)).toEqual(planned);
    expect(await given().keyward.cli('keys', 'rotate', id, '--cancel')).toEqual(planned);
    await bodyOf(await send(await operator(), 'DELETE', `${path}/planned-rotation`), 404);
    expect(
      await given().keyward.cli('keys', 'rotate', id, '--at', at, '--grace', '60s', '--reason', 'scheduled'),
    ).toEqual(planned);
    expect(await bodyOf(await send(await operator(), 'DELETE', `${path}/planned-rotation`), 200)).toEqual(
      planned,
    );
    const contradiction = { at, deliver: 'secret' };
    await bodyOf(await send(await operator(), 'POST', `${path}/rotate`, contradiction), 422);
  });

  test('K8: a claim is listed for the operator, gives its key once to whoever has the link, and its page gives none', async () => {
    const old = await issue({});
    const rotated = await given().keyward.cli<{ id: string; claim_link: string; key?: string }>(
      ...['keys', 'rotate', old.id, '--claim'],
    );
    expect(rotated.key).toBeUndefined();
    const { data } = await given().keyward.cli<{ data: { link: string }[] }>(
      'keys',
      'claims',
      '--owner',
      'bob@example.com',
    );
    expect(data.map(({ link }) => link)).toContain(rotated.claim_link);

    const page = await send(undefined, 'GET', '/claim');
    expect(page.headers.get('content-security-policy')).toMatch(
      /script-src 'sha256-[^']+'; style-src 'sha256-/,
    );
    const claim = rotated.claim_link.split('#')[1] ?? '';
    const list = async () => bodyOf(await send(undefined, 'POST', '/v1/keys/claims/list', { claim }), 200);
    expect(await list()).toMatchObject({ data: [{ id: rotated.id, name: 'test', state: 'waiting' }] });
    const made = await send(undefined, 'POST', '/v1/keys/claims', { claim });
    expect(made.headers.get('cache-control')).toBe('no-store');
    const { id, key } = await bodyOf<IssuedKey>(made, 201);
    expect(await statusOf({ id, key })).toBe(200);
    expect(await list()).toMatchObject({ data: [{ id: rotated.id, state: 'claimed' }] });
    const used = await bodyOf(await send(undefined, 'POST', '/v1/keys/claims', { claim, key_id: id }), 410);
    expect(used).toMatchObject({ code: 'claim_used' });
    const invented = await send(undefined, 'POST', '/v1/keys/claims', { claim: `${claim.slice(0, -1)}!` });
    expect(await bodyOf(invented, 404)).not.toHaveProperty('key');
  });
}
