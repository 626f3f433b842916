import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isProblem } from '../../reply.ts';
import { keyUses } from '../key-uses.ts';
import { revokeKey } from '../revoke-key.ts';
import { rotateKey } from './rotate-key.ts';
import { rotationHistory } from './rotation-history.ts';
import {
  createKeyBed,
  day,
  hour,
  type KeyBed,
  operator,
  second,
  secretOf,
  succeeded,
} from './testing/key-bed.ts';

let bed: KeyBed;
beforeAll(async () => {
  bed = await createKeyBed();
});
afterAll(() => bed[Symbol.asyncDispose]());

const rotate = (id: string, more: object = {}) => rotateKey(bed, { id, ...more }, operator);

async function column(id: string, name: string): Promise<unknown> {
  const { rows } = await bed.database.pool.query(`SELECT * FROM api_keys WHERE id = $1`, [id]);
  return rows[0]?.[name];
}

describe.each([
  { what: 'the default', graceMs: undefined, livesMs: day },
  { what: '1 s', graceMs: second, livesMs: second },
  { what: '24 h', graceMs: day, livesMs: day },
  { what: '30 days', graceMs: 30 * day, livesMs: 30 * day },
  { what: '30 days of a key that expires in an hour', graceMs: 30 * day, expiresInMs: hour, livesMs: hour },
])('a grace of $what', ({ graceMs, expiresInMs, livesMs }) => {
  test('K7: the old key works until the very moment and not after; the successor does all the time', async () => {
    const old = await bed.issueKey({ expiresInMs });
    const rotated = succeeded(await rotate(old.row.id, { graceMs, expiresInMs: 60 * day }));
    const node = bed.rememberingNode();
    expect(rotated.old.graceEndsAt).toEqual(new Date(bed.clock.now() + livesMs));
    expect(await node(old.key)).toBeUndefined();
    expect(await node(rotated.key ?? '')).toBeUndefined();
    await bed.advance(livesMs - 1);
    expect(await node(old.key)).toBeUndefined();
    expect(await bed.refusalOf(old.key)).toBeUndefined();
    await bed.advance(1);
    expect(await node(old.key)).toBe('expired_key');
    expect(await bed.refusalOf(old.key)).toBe('expired_key');
    expect(await node(rotated.key ?? '')).toBeUndefined();
  });
});

test('K7: with a grace of 0 the old key has stopped when the answer is there, and its row says so', async () => {
  const old = await bed.issueKey();
  const { key = '' } = succeeded(await rotate(old.row.id, { graceMs: 0 }));
  expect(await bed.refusalOf(old.key)).toBe('revoked_key');
  expect(await bed.refusalOf(key)).toBeUndefined();
  expect(await column(old.row.id, 'is_active')).toBe(false);
  expect(await column(old.row.id, 'deactivated_at')).toEqual(new Date(bed.clock.now()));
});

test('K7: the successor has the name, scopes, restrictions, absolute expiry and one count of uses with the old key', async () => {
  const restrictions = {
    scopes: ['tokens:read', 'tokens:write'],
    environment: 'test',
    limits: [{ limit: 5, windowMs: 1000 }],
    allowedIps: ['203.0.113.0/24'],
    allowedOrigins: ['https://a.example'],
    expiresInMs: 40 * day,
    usesMax: 3,
    rotateEveryDays: 7,
  };
  const old = await bed.issueKey(restrictions);
  await bed.advance(day);
  const { successor, key = '' } = succeeded(await rotate(old.row.id));
  const own = ['id', 'prefix', 'lastFour', 'createdAt', 'predecessorId'] as const;
  const same = Object.fromEntries(Object.entries(old.row).filter(([name]) => !own.includes(name as 'id')));
  expect(successor).toMatchObject(same);
  expect(key).toMatch(/^sk-meterr_test_[A-Za-z0-9]{32}$/);

  const uses = keyUses(bed.database);
  const usesId = old.row.usesId ?? '';
  for (const _ of [1, 2, 3]) expect(await uses.take(usesId)).toBe(true);
  expect(await bed.refusalOf(old.key)).toBe('uses_spent');
  expect(await bed.refusalOf(key)).toBe('uses_spent');
});

test('K7: a rotation may name another expiry, from its own moment on', async () => {
  const old = await bed.issueKey({ expiresInMs: day });
  const { successor } = succeeded(await rotate(old.row.id, { expiresInMs: 2 * day }));
  expect(successor.expiresAt).toEqual(new Date(bed.clock.now() + 2 * day));
});

test('K7: of 20 rotations of one key at once exactly one succeeds; the others name its successor', async () => {
  const { row } = await bed.issueKey();
  const results = await Promise.all(Array.from({ length: 20 }, () => rotate(row.id)));
  const [winner, ...more] = results.filter((result) => !isProblem(result));
  expect(more).toEqual([]);
  const successorId = succeeded(winner as (typeof results)[number]).successor.id;
  for (const result of results.filter(isProblem))
    expect(result).toMatchObject({ code: 'conflict', detail: expect.stringContaining(successorId) });
  const { rows } = await bed.database.pool.query(
    'SELECT new_key_id FROM key_rotations WHERE old_key_id = $1',
    [row.id],
  );
  expect(rows).toEqual([{ new_key_id: successorId }]);
});

test.each([
  ['revoked', 'revoked_at = now()'],
  ['inactive', 'is_active = false'],
  ['expired', `expires_at = now() - interval '1 day'`],
  ['rotated', `grace_ends_at = now() - interval '1 day'`],
  ['being replaced', `grace_ends_at = now() + interval '400 days'`],
])('K7: a key that is %s is not rotated, and told so', async (word, change) => {
  const { row } = await bed.issueKey();
  await bed.database.pool.query(`UPDATE api_keys SET ${change} WHERE id = $1`, [row.id]);
  expect(await rotate(row.id)).toMatchObject({ code: 'conflict', detail: expect.stringContaining(word) });
});

test('K7: there is no rotation of no key, beyond 30 days of grace, or of a person who is banned or deleted', async () => {
  expect(await rotate('nothing')).toMatchObject({ code: 'not_found' });
  const { row } = await bed.issueKey();
  for (const graceMs of [-1, 30 * day + 1, 0.5])
    expect(await rotate(row.id, { graceMs })).toMatchObject({ code: 'invalid_request' });
  await bed.createOwner('bob');
  const { row: bobs } = await bed.issueKey({ owner: 'bob@example.com' });
  for (const change of ['banned = true', 'banned = false, deleted_at = now()']) {
    await bed.database.pool.query(`UPDATE users SET ${change} WHERE email = 'bob@example.com'`);
    expect(await rotate(bobs.id)).toMatchObject({
      code: 'conflict',
      detail: expect.stringContaining('person'),
    });
  }
});

test('K7, K4: a control key is rotated by a super_admin, on the console, or by itself as it is', async () => {
  await bed.createOwner('root');
  await bed.database.pool.query(`UPDATE users SET role = 'admin' WHERE email = 'root@example.com'`);
  const { row } = await bed.issueKey({
    owner: 'root@example.com',
    service: 'control',
    scopes: ['keys:read'],
  });
  const { id } = row;
  const admin = { via: 'api', role: 'admin', keyId: 'another' } as const;
  const itself = { via: 'api', role: 'admin', keyId: id } as const;
  const forbidden = { code: 'insufficient_permissions' };
  expect(await rotateKey(bed, { id }, admin)).toMatchObject(forbidden);
  expect(await rotateKey(bed, { id, expiresInMs: day }, itself)).toMatchObject(forbidden);
  const { successor } = succeeded(await rotateKey(bed, { id }, itself));
  expect(await rotateKey(bed, { id: successor.id }, { ...admin, role: 'super_admin' })).toMatchObject({
    old: { id: successor.id },
  });
});

test('K7: a rotation is written down with its reason, audited, and nothing of the secret lies anywhere', async () => {
  const old = await bed.issueKey();
  const { key = '', successor, rotationId } = succeeded(await rotate(old.row.id, { reason: 'leaked' }));
  expect(await rotationHistory(bed.database, old.row.id)).toMatchObject([
    {
      id: rotationId,
      userId: old.row.userId,
      reason: 'leaked',
      oldKeyId: old.row.id,
      newKeyId: successor.id,
    },
  ]);
  const { rows } = await bed.database.pool.query(
    `SELECT before, after FROM audit_logs WHERE action = 'keys.rotate' AND $1 = ANY(object_ids)`,
    [successor.id],
  );
  expect(rows).toMatchObject([{ before: { graceEndsAt: null }, after: { reason: 'leaked' } }]);
  expect(JSON.stringify(rows)).not.toContain('hmac-sha256');
  const lines = await bed.dump();
  expect(lines.filter((line) => line.includes(secretOf(key)))).toEqual([]);
  expect(lines.some((line) => line.includes(successor.id))).toBe(true);
});

test('K9: the history of a key is that of all its predecessors and successors, oldest first', async () => {
  const ids = [(await bed.issueKey()).row.id];
  for (const _ of [1, 2, 3]) ids.push(succeeded(await rotate(ids.at(-1) ?? '', { graceMs: 0 })).successor.id);
  await rotate((await bed.issueKey()).row.id);
  for (const id of ids) {
    const history = await rotationHistory(bed.database, id);
    expect(history.map(({ oldKeyId }) => oldKeyId)).toEqual(ids.slice(0, -1));
    expect(history.map(({ newKeyId }) => newKeyId)).toEqual(ids.slice(1));
  }
});

test('K7: a refused rotation changes nothing', async () => {
  const { row } = await bed.issueKey();
  await revokeKey(bed.database, row.id, operator, bed.clock);
  const before = await bed.dump();
  expect(isProblem(await rotate(row.id))).toBe(true);
  expect(await bed.dump()).toEqual(before);
});

test('K7: when the holder of a key replaces it, its owner is told, for it may be a thief', async () => {
  const { row } = await bed.issueKey({ name: 'mine {{claim:x}}' });
  const { successor } = succeeded(
    await rotateKey(bed, { id: row.id }, { via: 'api', role: 'user', keyId: row.id }),
  );
  const { rows } = await bed.database.pool.query(
    `SELECT content->>'text' AS text FROM notifications WHERE content->>'text' LIKE $1`,
    [`%${successor.id}%`],
  );
  expect(rows).toHaveLength(1);
  expect(rows[0].text).not.toContain('{{');
});
