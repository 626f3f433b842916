import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { generateKey, keyringOf, purposes } from '../../encryption/keyring.ts';
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.ts';
import { readClaimToken } from '../claims/claim-token.ts';
import { claimLinks } from './claim-links.ts';
import { EmergencyBed } from './testing/emergency-bed.ts';

const keyring = keyringOf(purposes.map(generateKey));

let database: TestDatabase;
let bed: EmergencyBed;
let beds = 0;

beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(async () => {
  beds += 1;
  bed = await EmergencyBed.make(database, `bed${beds}`);
});
afterAll(() => database[Symbol.asyncDispose]());

const linksOf = (id: string) =>
  Array.fromAsync(claimLinks({ ...bed.deps, keyring, publicUrl: 'https://keys.example.com' }, id));

test('K8: the operator gets one link for each owner, and none that is of no use any more', async () => {
  await bed.insert({ owners: 4, keys: 12 });
  const { id } = await bed.start({ all: true });
  expect(await linksOf(id)).toEqual([]);
  await bed.finish(id);
  const links = await linksOf(id);
  expect(links).toMatchObject([1, 2, 3, 4].map((n) => ({ userId: `${bed.prefix}-o-${n}`, keys: 3 })));
  const claims = await bed.query('SELECT id, user_id FROM key_claims WHERE emergency_id = $1', id);
  for (const { userId, link } of links) {
    const [origin, token = ''] = link.split('/claim#');
    expect(origin).toBe('https://keys.example.com');
    expect(claims.find((claim) => claim.user_id === userId)?.id).toBe(readClaimToken(keyring, token));
  }

  const used = `UPDATE api_keys SET claimed_at = now(), key_hash = id WHERE user_id = $1 AND claim_id IS NOT NULL`;
  await bed.query(used, `${bed.prefix}-o-1`);
  await bed.query('UPDATE users SET banned = true WHERE id = $1', `${bed.prefix}-o-2`);
  expect((await linksOf(id)).map(({ userId }) => userId)).toEqual([`${bed.prefix}-o-3`, `${bed.prefix}-o-4`]);
  bed.clock.advance(14 * 86_400_000);
  expect(await linksOf(id)).toEqual([]);
});

test('K8: neither a secret nor a link is anywhere in the database', async () => {
  await bed.insert({ owners: 2, keys: 4 });
  const { id } = await bed.start({ all: true });
  await bed.finish(id);
  const tokens = (await linksOf(id)).map(({ link }) => link.split('_').at(-1) ?? '');
  const tables = await bed.query(
    `SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace`,
  );
  for (const { relname } of tables) {
    const rows = await bed.query(`SELECT t::text AS line FROM "${relname}" t`);
    expect(rows.some(({ line }) => tokens.some((token) => line.includes(token)))).toBe(false);
  }
});
