import { afterAll, beforeAll, expect, test } from 'vitest';
import { endGraces } from './end-graces.ts';
import { eraseDeadHashes } from './erase-dead-hashes.ts';
import { rotateKey } from './rotate-key.ts';
import { createKeyBed, day, hour, type KeyBed, operator, succeeded } from './testing/key-bed.ts';

let bed: KeyBed;
beforeAll(async () => {
  bed = await createKeyBed();
});
afterAll(() => bed[Symbol.asyncDispose]());

async function rowOf(id: string) {
  const { rows } = await bed.database.pool.query(
    'SELECT is_active, deactivated_at, key_hash IS NOT NULL AS has_hash FROM api_keys WHERE id = $1',
    [id],
  );
  return rows[0];
}

test('K7: when a grace has ended the row says that the key has stopped, and when', async () => {
  const { row } = await bed.issueKey();
  const { successor } = succeeded(await rotateKey(bed, { id: row.id, graceMs: hour }, operator));
  const endsAt = new Date(bed.clock.now() + hour);
  await bed.advance(hour - 1);
  await bed.run(endGraces(bed.database));
  expect(await rowOf(row.id)).toMatchObject({ is_active: true, deactivated_at: null });
  await bed.advance(5 * hour);
  await Promise.all([bed.run(endGraces(bed.database)), bed.run(endGraces(bed.database))]);
  expect(await rowOf(row.id)).toMatchObject({ is_active: false, deactivated_at: endsAt });
  expect(await rowOf(successor.id)).toMatchObject({ is_active: true, deactivated_at: null });
  const { rows } = await bed.database.pool.query(
    `SELECT object_ids FROM audit_logs WHERE action = 'keys.end_grace'`,
  );
  expect(rows).toEqual([{ object_ids: [row.id] }]);
});

test('K7: a hash is erased after 90 days of death, not before, and its row stays; a living one is kept', async () => {
  const revoked = await bed.issueKey();
  const expiring = await bed.issueKey({ expiresInMs: 1000 });
  const rotated = await bed.issueKey();
  const inactive = await bed.issueKey();
  const living = await bed.issueKey();
  await bed.database.pool.query('UPDATE api_keys SET revoked_at = $2 WHERE id = $1', [
    revoked.row.id,
    new Date(bed.clock.now()),
  ]);
  await bed.database.pool.query('UPDATE api_keys SET is_active = false WHERE id = $1', [inactive.row.id]);
  // One that was inactive and lives again.
  await bed.database.pool.query('UPDATE api_keys SET deactivated_at = $2 WHERE id = $1', [
    living.row.id,
    new Date(bed.clock.now()),
  ]);
  const { successor } = succeeded(await rotateKey(bed, { id: rotated.row.id, graceMs: 0 }, operator));
  const dead = [revoked, expiring, rotated, inactive].map(({ row }) => row.id);
  await bed.run(eraseDeadHashes(bed.database));
  await bed.advance(90 * day);
  await bed.run(eraseDeadHashes(bed.database));
  for (const id of dead) expect(await rowOf(id)).toMatchObject({ has_hash: true });
  await bed.advance(day);
  await bed.run(eraseDeadHashes(bed.database));
  for (const id of dead) expect(await rowOf(id)).toMatchObject({ has_hash: false });
  for (const id of [living.row.id, successor.id]) expect(await rowOf(id)).toMatchObject({ has_hash: true });
  expect(await bed.refusalOf(living.key)).toBeUndefined();
  expect(await bed.refusalOf(revoked.key)).toBe('invalid_key');
});

test('K7: more hashes than one batch are erased in one run', async () => {
  const { row } = await bed.issueKey();
  await bed.database.pool.query(
    `INSERT INTO api_keys (id, user_id, name, service, environment, key_hash, prefix, last_four, scopes, revoked_at)
     SELECT 'old-' || n, user_id, name, service, environment, 'hash-' || n, prefix, last_four, scopes, $2
     FROM api_keys, generate_series(1, 2500) n WHERE id = $1`,
    [row.id, new Date(bed.clock.now() - 91 * day)],
  );
  await bed.run(eraseDeadHashes(bed.database));
  const { rows } = await bed.database.pool.query(
    `SELECT count(*)::int AS rows, count(key_hash)::int AS hashes FROM api_keys WHERE id LIKE 'old-%'`,
  );
  expect(rows).toEqual([{ rows: 2500, hashes: 0 }]);
});
