import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { isProblem } from '../../reply.ts';
import { rotateKey } from '../rotation/rotate-key.ts';
import {
  createKeyBed,
  day,
  type KeyBed,
  operator,
  secretOf,
  succeeded,
} from '../rotation/testing/key-bed.ts';
import { claimKey } from './claim-key.ts';
import { claimToken } from './claim-token.ts';
import { listClaim } from './list-claim.ts';
import { claimLastsMs, openClaim } from './open-claim.ts';
import { openClaims } from './open-claims.ts';
import { renewClaim } from './renew-claim.ts';

let bed: KeyBed;
let token: string;
let ids: string[];
let claimId: string;

beforeAll(async () => {
  bed = await createKeyBed();
});
afterAll(() => bed[Symbol.asyncDispose]());

/** A claim of three keys. */
beforeEach(async () => {
  const rotated = [];
  for (const name of ['first', 'second', 'third']) {
    const { row } = await bed.issueKey({ name, usesMax: 10 });
    rotated.push(succeeded(await rotateKey(bed, { id: row.id, deliver: 'claim' }, operator)).successor);
    await bed.advance(1);
  }
  ids = rotated.map(({ id }) => id);
  claimId = rotated[0]?.claimId ?? '';
  await bed.database.pool.query('UPDATE api_keys SET claim_id = $1 WHERE id = ANY($2)', [claimId, ids]);
  token = claimToken(bed.keyring, claimId);
});

const claim = (keyId?: string) => claimKey(bed, token, keyId, { requestId: 'r', ip: '203.0.113.7' });

test('K8: of 50 claims of one key at once exactly one gets it; the others hear that it was used', async () => {
  const results = await Promise.all(Array.from({ length: 50 }, () => claim(ids[0])));
  const made = results.filter((result) => !isProblem(result));
  expect(made).toHaveLength(1);
  expect(results.filter(isProblem).map(({ code }) => code)).toEqual(Array(49).fill('claim_used'));
  const { key, row } = succeeded(made[0] as (typeof results)[number]);
  expect(key).toMatch(/^sk-meterr_live_[A-Za-z0-9]{32}$/);
  expect(row).toMatchObject({ id: ids[0], prefix: key.slice(0, -28), lastFour: key.slice(-4), usesMax: 10 });
  expect(await bed.refusalOf(key)).toBeUndefined();
});

test('K8: each key of a claim is made by itself; the last one need not be named', async () => {
  expect(await claim()).toMatchObject({ code: 'invalid_request', errors: [{ pointer: '/key_id' }] });
  const keys = [succeeded(await claim(ids[0])), succeeded(await claim(ids[1])), succeeded(await claim())];
  expect(keys.map(({ row }) => row.id)).toEqual(ids);
  expect(new Set(keys.map(({ key }) => key)).size).toBe(3);
  expect(await claim()).toMatchObject({ code: 'claim_used' });
  expect(await claim(ids[2])).toMatchObject({ code: 'claim_used' });
});

test('K8: neither the secret nor the token lies in any table, and the audit log has who claimed what', async () => {
  const { key, row } = succeeded(await claim(ids[0]));
  for (const line of await bed.dump()) {
    expect(line).not.toContain(secretOf(key));
    expect(line).not.toContain('kwc_');
  }
  const { rows } = await bed.database.pool.query(
    `SELECT user_id, request_id, host(ip) AS ip FROM audit_logs WHERE action = 'keys.claim' AND $1 = ANY(object_ids)`,
    [row.id],
  );
  expect(rows).toEqual([{ user_id: row.userId, request_id: 'r', ip: '203.0.113.7' }]);
});

test('K8: a claim holds for 14 days and gives nothing afterwards', async () => {
  await bed.advance(claimLastsMs - 3 * day);
  succeeded(await claim(ids[0]));
  await bed.advance(3 * day);
  expect(await claim(ids[1])).toMatchObject({ code: 'claim_expired' });
  expect(await listClaim(bed, token, { limit: 10 })).toMatchObject({ code: 'claim_expired' });
});

test('K8: an invented token is refused without a look-up, one of a claim that is not there as well', async () => {
  const blind = { ...bed, database: { ...bed.database, orm: {} as never } };
  const invented = `kwc_${randomUUID()}_${'A'.repeat(43)}`;
  expect(await listClaim(blind, invented, { limit: 1 })).toMatchObject({ code: 'not_found' });
  expect(await claimKey(blind, invented, undefined)).toMatchObject({ code: 'not_found' });
  expect(await claimKey(bed, claimToken(bed.keyring, randomUUID()), undefined)).toMatchObject({
    code: 'not_found',
  });
});

test('K8: a claim gives no key of another claim, and none that was stopped meanwhile', async () => {
  const { row } = await bed.issueKey();
  const other = succeeded(await rotateKey(bed, { id: row.id, deliver: 'claim' }, operator)).successor.id;
  for (const id of [other, row.id, 'nothing']) expect(await claim(id)).toMatchObject({ code: 'not_found' });
  await bed.database.pool.query('UPDATE api_keys SET revoked_at = now() WHERE id = $1', [ids[0]]);
  expect(await claim(ids[0])).toMatchObject({ code: 'conflict', detail: 'This key is revoked.' });
  const bob = await bed.createOwner('bob');
  await bed.database.pool.query('UPDATE api_keys SET user_id = $2 WHERE id = $1', [ids[2], bob]);
  expect(await claim(ids[2])).toMatchObject({ code: 'not_found' });
  expect(succeeded(await listClaim(bed, token, { limit: 10 })).keys.map(({ id }) => id)).toEqual(
    ids.slice(0, 2),
  );
  await bed.database.pool.query(`UPDATE users SET banned = true`);
  expect(await claim(ids[1])).toMatchObject({ code: 'conflict' });
  await bed.database.pool.query(`UPDATE users SET banned = false`);
});

test('K8: a list of a claim changes nothing, names every key once over its pages, and tells what became of each', async () => {
  succeeded(await claim(ids[0]));
  await bed.database.pool.query('UPDATE api_keys SET is_active = false WHERE id = $1', [ids[1]]);
  const before = await bed.dump();
  const first = succeeded(await listClaim(bed, token, { limit: 2 }));
  const after = first.keys.at(-1);
  const second = succeeded(await listClaim(bed, token, { limit: 2, ...(after && { after }) }));
  const keys = [...first.keys, ...second.keys];
  expect(keys.map(({ id }) => id)).toEqual(ids);
  expect(keys.map(({ state }) => state)).toEqual(['claimed', 'ended', 'waiting']);
  expect(keys[2]).toMatchObject({
    name: 'third',
    service: 'meterr',
    environment: 'live',
    scopes: ['tokens:write'],
  });
  expect(await bed.dump()).toEqual(before);
});

test('K8: operators see the claims that somebody can still use, those of one person when asked', async () => {
  const list = async (userId?: string) =>
    openClaims(bed.database, { limit: 1000, ...(userId !== undefined && { userId }) }, bed.clock.now());
  const id = token.slice(4, 40);
  expect((await list()).find((one) => one.id === id)).toMatchObject({
    email: 'ada@example.com',
    keysWaiting: 3,
  });
  expect(await list('nobody')).toEqual([]);
  for (const keyId of ids) succeeded(await claim(keyId));
  expect((await list()).find((one) => one.id === id)).toBeUndefined();
});

test('K8: within an emergency rotation a person has one claim, however often it is opened', async () => {
  await bed.database.pool.query(
    `INSERT INTO emergency_rotations (id, reason, selection, grace_ms, keys_stopped, created_at) VALUES ('e', 'emergency', '{}', 0, 0, now())`,
  );
  const userId = (await bed.issueKey()).row.userId;
  const open = (more: object) =>
    bed.database.orm.transaction((tx) => openClaim(tx, { userId, ...more }, bed.clock.now()));
  const first = await open({ emergencyId: 'e' });
  await bed.advance(1);
  expect(await open({ emergencyId: 'e' })).toEqual(first);
  expect((await open({})).id).not.toBe((await open({})).id);
});

test('K8: a claim that has expired is of use again when it is renewed, and its owner gets the link again', async () => {
  await bed.advance(claimLastsMs);
  expect(await claim(ids[0])).toMatchObject({ code: 'claim_expired' });
  expect(await renewClaim(bed, claimId, operator)).toMatchObject({ id: claimId });
  const { rows } = await bed.database.pool.query(
    `SELECT content->>'text' AS text FROM notifications WHERE dedupe_key LIKE $1`,
    [`renewed:${claimId}:%`],
  );
  expect(rows).toHaveLength(1);
  expect(rows[0].text).not.toContain(token);
  expect(await claim(ids[0])).toMatchObject({ key: expect.stringMatching(/^sk-/) });
  expect(await claim(ids[0])).toMatchObject({ code: 'claim_used' });
  expect(await renewClaim(bed, 'none', operator)).toMatchObject({ code: 'not_found' });
});
