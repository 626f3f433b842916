import sharp from 'sharp';
import { beforeAll, expect, test } from 'vitest';
import type { Keyward } from '../product/keyward.ts';
import { createPerson, type IssuedKey, issueKey } from '../product/people-and-keys.ts';
import type { ProductUnderTest } from './product-under-test.ts';
import { untilNotBusy } from './until-not-busy.ts';

/** What operators do to people (K10). */
export function describePeople(given: () => ProductUnderTest): void {
  let keyward: Keyward;
  let send: ProductUnderTest['send'];
  let root: IssuedKey;
  let admin: IssuedKey;
  beforeAll(async () => {
    ({ keyward, send } = given());
    await createPerson(keyward, 'olga', 'admin');
    root = await issueKey(keyward, 'ada', { service: 'control' });
    admin = await issueKey(keyward, 'olga', { service: 'control' });
  });

  const change = (key: IssuedKey, id: string, what: string, body?: object) =>
    send(key, 'POST', `/v1/control/people/${id}/${what}`, body);
  const codeOf = async (answer: Response) => [
    answer.status,
    ((await answer.json()) as { code?: string }).code,
  ];
  const stops = (key: IssuedKey, path: string) =>
    expect.poll(async () => (await send(key, 'GET', path)).status, { timeout: 20_000 }).toBe(401);

  test('K10: a ban by API ends every key, and lifting it brings none back', async () => {
    const id = await createPerson(keyward, 'banned-one');
    const keys = [await issueKey(keyward, 'banned-one'), await issueKey(keyward, 'banned-one')];
    for (const key of keys) expect((await send(key, 'GET', '/api/metadata')).status).toBe(200);
    const banned = await change(admin, id, 'ban', { reason: 'abuse', expires_in_seconds: 3600 });
    expect(banned.status).toBe(200);
    expect(await banned.json()).toMatchObject({
      person: { id, banned: true, ban_reason: 'abuse', ban_expires: expect.any(String) },
      ended: { keys: 2 },
    });
    for (const key of keys) await stops(key, '/api/metadata');
    const free = await change(admin, id, 'unban');
    expect(await free.json()).toMatchObject({ person: { banned: false, ban_reason: null }, ended: {} });
    for (const key of keys) expect((await send(key, 'GET', '/api/metadata')).status).toBe(401);
  });

  test('K10: documents, files and usage are handed over with the keys; then the person is deleted', async () => {
    const from = await createPerson(keyward, 'leaving');
    const to = await createPerson(keyward, 'staying');
    const key = await issueKey(keyward, 'leaving');
    const usage = await issueKey(keyward, 'leaving', { service: 'meterr' });
    const document = { name: 'Kept', image: 'https://example.com/1.png' };
    const made = await send(key, 'POST', '/api/metadata', document);
    const { id } = (await made.json()) as { id: string };
    const png = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#0c0' } })
      .png()
      .toBuffer();
    const form = new FormData();
    form.set('file', new Blob([new Uint8Array(png)], { type: 'image/png' }), 'a.png');
    const uploaded = await untilNotBusy(() => send(key, 'POST', '/api/media', form));
    const media = (await uploaded.json()) as { id: string; url: string };
    const event = { model: 'gpt-4o-mini', input_tokens: 10, event_id: 'e' };
    expect((await send(usage, 'POST', '/v1/usage', event)).status).toBe(201);
    const bytes = Buffer.from(await (await send(key, 'GET', media.url)).arrayBuffer());

    expect(await codeOf(await change(admin, from, 'delete', {}))).toEqual([409, 'conflict']);
    expect(await codeOf(await change(admin, from, 'delete', { hand_over_to: 'nobody' }))).toEqual([
      404,
      'not_found',
    ]);
    const over = await change(admin, from, 'hand-over', { to: 'staying@example.com' });
    expect(await over.json()).toMatchObject({
      ...{ from, to, keys: 2, revoked_keys: [] },
      data: { metadata: { documents: 1, media_files: 1 }, meterr: { usage_events: 1 } },
    });
    const own = await issueKey(keyward, 'staying');
    for (const each of [own, key]) {
      await expect
        .poll(async () => (await send(each, 'GET', `/api/metadata/${id}`)).status, { timeout: 20_000 })
        .toBe(200);
      const got = await send(each, 'GET', media.url);
      expect(Buffer.from(await got.arrayBuffer()).equals(bytes)).toBe(true);
    }
    expect((await send(usage, 'POST', '/v1/usage', event)).status).toBe(200);

    const gone = await change(admin, from, 'delete', {});
    expect(await gone.json()).toMatchObject({
      person: { id: from, name: 'deleted person', email: `${from}@deleted.invalid`, banned: true },
      handed_over: null,
    });
    expect((await send(key, 'GET', `/api/metadata/${id}`)).status).toBe(200);
    const listed = async (query: string) =>
      JSON.stringify(await (await send(admin, 'GET', `/v1/control/people?limit=1000${query}`)).json());
    expect(await listed('')).not.toContain(from);
    expect(await listed('&deleted=include')).toContain(from);
    const again = { email: 'leaving@example.com', name: 'Another' };
    expect((await send(admin, 'POST', '/v1/control/people', again)).status).toBe(201);
  });

  test('R1, R4: ranks hold over the API; a demotion ends control keys; promotions are the console’s', async () => {
    const id = await createPerson(keyward, 'falling', 'admin');
    const key = await issueKey(keyward, 'falling', { service: 'control' });
    const reason = 'left the team';
    const refused = [403, 'insufficient_permissions'];
    expect(await codeOf(await change(admin, id, 'role', { role: 'user', reason }))).toEqual(refused);
    expect(await codeOf(await change(root, id, 'role', { role: 'super_admin', reason }))).toEqual(refused);
    expect(await codeOf(await change(root, id, 'role', { role: 'owner', reason }))).toEqual([
      422,
      'invalid_request',
    ]);
    expect(await codeOf(await change(root, id, 'ban', {}))).toEqual([422, 'invalid_request']);
    const ada = (await keyward.cli<{ data: { id: string; email: string }[] }>('users', 'list')).data.find(
      ({ email }) => email === 'ada@example.com',
    );
    const adaId = ada?.id ?? '';
    expect(await codeOf(await change(admin, adaId, 'ban', { reason }))).toEqual(refused);
    expect(await codeOf(await change(root, adaId, 'ban', { reason }))).toEqual([409, 'conflict']);
    expect(await codeOf(await change(root, adaId, 'role', { role: 'user', reason }))).toEqual([
      409,
      'conflict',
    ]);
    expect(await codeOf(await change(admin, 'nobody', 'ban', { reason }))).toEqual([404, 'not_found']);
    const fallen = await change(root, id, 'role', { role: 'user', reason });
    expect(await fallen.json()).toMatchObject({ person: { role: 'user' }, ended: { keys: 1 } });
    await stops(key, '/v1/control/people');
  });

  test('K10: the command line does the same, and asks before it deletes', async () => {
    const id = await createPerson(keyward, 'by-hand');
    const key = await issueKey(keyward, 'by-hand');
    const users = (...args: string[]) => keyward.cli('users', ...args);
    const reason = ['--reason', 'a test'];
    expect(await users('role', id, '--role', 'admin', ...reason)).toMatchObject({
      person: { role: 'admin' },
    });
    expect(await users('ban', 'by-hand@example.com', ...reason, '--expires-in', '7d')).toMatchObject({
      person: { banned: true },
      ended: { keys: 1 },
    });
    await stops(key, '/api/metadata');
    expect(await users('unban', id)).toMatchObject({ person: { banned: false } });
    await expect(keyward.run('users', 'delete', id)).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--yes'),
    });
    expect(await users('hand-over', id, '--to', 'bob@example.com')).toMatchObject({ from: id, keys: 0 });
    expect(await users('delete', id, '--yes')).toMatchObject({
      person: { email: `${id}@deleted.invalid` },
      handed_over: null,
    });
    await expect(keyward.run('users', 'ban', id, ...reason)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('There is no person'),
    });
  });
}
