import { afterAll, beforeAll, expect, test } from 'vitest';
import { readClaimToken } from '../claims/claim-token.ts';
import { cancelPlannedRotation, planRotation } from './plan-rotation.ts';
import { plannedRotationsJob } from './planned-rotations.ts';
import { rotateKey } from './rotate-key.ts';
import { rotationHistory } from './rotation-history.ts';
import { createKeyBed, day, hour, type KeyBed, operator, succeeded } from './testing/key-bed.ts';

let bed: KeyBed;
beforeAll(async () => {
  bed = await createKeyBed();
});
afterAll(() => bed[Symbol.asyncDispose]());

const plan = (id: string, inMs: number, more: object = {}) =>
  planRotation(bed, { id, at: new Date(bed.clock.now() + inMs), ...more }, operator);
const runDue = () => bed.run(plannedRotationsJob(bed.database, bed.keyring));

async function plansOf(id: string): Promise<number> {
  const { rows } = await bed.database.pool.query('SELECT * FROM planned_rotations WHERE key_id = $1', [id]);
  return rows.length;
}

test('K7: a planned rotation is made at its time and not before, once, by whichever node comes first', async () => {
  const { row, key } = await bed.issueKey();
  succeeded(await plan(row.id, hour, { graceMs: 2 * hour, reason: 'scheduled' }));
  await bed.advance(hour - 1);
  await Promise.all([runDue(), runDue()]);
  expect(await rotationHistory(bed.database, row.id)).toEqual([]);
  await bed.advance(1);
  await Promise.all([runDue(), runDue(), runDue()]);
  await runDue();
  const history = await rotationHistory(bed.database, row.id);
  expect(history).toMatchObject([{ oldKeyId: row.id, reason: 'scheduled' }]);
  expect(await plansOf(row.id)).toBe(0);
  expect(await bed.refusalOf(key)).toBeUndefined();
  await bed.advance(2 * hour);
  expect(await bed.refusalOf(key)).toBe('expired_key');
});

test('K7, K8: nobody sees the secret of a planned rotation: the owner gets one mail, and the outbox holds no link', async () => {
  await bed.database.pool.query('TRUNCATE notifications');
  const { row } = await bed.issueKey();
  succeeded(await plan(row.id, hour));
  await bed.advance(hour);
  await Promise.all([runDue(), runDue()]);
  const [rotation] = await rotationHistory(bed.database, row.id);
  const { rows: keys } = await bed.database.pool.query('SELECT * FROM api_keys WHERE id = $1', [
    rotation?.newKeyId,
  ]);
  expect(keys).toMatchObject([
    { key_hash: null, checksum_key_id: null, prefix: 'sk-meterr_live_', last_four: '' },
  ]);
  const { rows: mails } = await bed.database.pool.query('SELECT recipient, content FROM notifications');
  expect(mails).toMatchObject([{ recipient: 'ada@example.com' }]);
  expect(mails[0].content.text).toContain(`{{claim:${keys[0].claim_id}}}`);
  for (const line of await bed.dump()) expect(line).not.toContain('kwc_');
});

test('K7: a plan is replaced by a newer one, and ends when it is called off or the key is rotated before', async () => {
  const { row } = await bed.issueKey();
  succeeded(await plan(row.id, hour));
  succeeded(await plan(row.id, 2 * hour));
  await bed.advance(hour);
  await runDue();
  expect(await rotationHistory(bed.database, row.id)).toEqual([]);
  succeeded(await cancelPlannedRotation(bed, row.id, operator));
  expect(await cancelPlannedRotation(bed, row.id, operator)).toMatchObject({ code: 'not_found' });
  succeeded(await plan(row.id, hour));
  succeeded(await rotateKey(bed, { id: row.id }, operator));
  expect(await plansOf(row.id)).toBe(0);
});

test('K7: a key that is dead when its time comes is not rotated; the plan is dropped and the audit log says why', async () => {
  const { row } = await bed.issueKey();
  const { row: living } = await bed.issueKey();
  succeeded(await plan(row.id, hour));
  succeeded(await plan(living.id, hour));
  await bed.database.pool.query('UPDATE api_keys SET revoked_at = now() WHERE id = $1', [row.id]);
  await bed.advance(hour);
  await runDue();
  expect(await rotationHistory(bed.database, row.id)).toEqual([]);
  expect(await rotationHistory(bed.database, living.id)).toHaveLength(1);
  expect(await plansOf(row.id)).toBe(0);
  const { rows } = await bed.database.pool.query(
    `SELECT after FROM audit_logs WHERE action = 'keys.drop_rotation'`,
  );
  expect(rows).toEqual([{ after: { dropped: 'This key is revoked.' } }]);
});

test('K7: a plan for the past, for after the expiry of its key, or for a dead key is refused', async () => {
  const { row } = await bed.issueKey({ expiresInMs: day });
  for (const inMs of [0, -1, day, 20 * 365 * day])
    expect(await plan(row.id, inMs)).toMatchObject({ code: 'invalid_request', errors: [{ pointer: '/at' }] });
  expect(await planRotation(bed, { id: row.id, at: new Date(Number.NaN) }, operator)).toMatchObject({
    code: 'invalid_request',
  });
  await bed.database.pool.query('UPDATE api_keys SET is_active = false WHERE id = $1', [row.id]);
  expect(await plan(row.id, hour)).toMatchObject({ code: 'conflict' });
  expect(await plan('nothing', hour)).toMatchObject({ code: 'not_found' });
});

test('K8: a rotation that delivers a claim gives its link to the operator and no secret to anybody', async () => {
  const { row } = await bed.issueKey();
  const rotated = succeeded(await rotateKey(bed, { id: row.id, deliver: 'claim' }, operator));
  expect(rotated.key).toBeUndefined();
  const [link, token = ''] = rotated.claimLink?.split('#') ?? [];
  expect(link).toBe('https://keys.example.com/claim');
  expect(readClaimToken(bed.keyring, token)).toBe(rotated.successor.claimId);
  expect(await rotateKey(bed, { id: rotated.successor.id }, operator)).toMatchObject({
    code: 'conflict',
    detail: expect.stringContaining('awaits its claim'),
  });
});
