import type pg from 'pg';

export interface Progress {
  readonly id: string;
  readonly state: string;
  readonly keys_stopped: number;
  readonly keys_replaced: number;
  readonly owners_told: number;
}

/** The newest emergency rotation, if there is one. */
export async function newestRotation(pool: pg.Pool): Promise<Progress | undefined> {
  const { rows } = await pool.query<Progress>(
    'SELECT * FROM emergency_rotations ORDER BY created_at DESC LIMIT 1',
  );
  return rows[0];
}

/** Inserts so many keys of so many owners, in turn, by plain SQL. */
export async function insertManyKeys(pool: pg.Pool, keys: number, owners: number): Promise<void> {
  await pool.query(
    `INSERT INTO users (id, name, email)
     SELECT 'owner-' || n, 'Owner ' || n, 'owner-' || n || '@example.com' FROM generate_series(1, $1::int) AS n`,
    [owners],
  );
  await pool.query(
    `INSERT INTO api_keys (id, user_id, name, service, environment, key_hash, checksum_key_id, prefix, last_four, scopes)
     SELECT 'key-' || n, 'owner-' || (n % $2::int + 1), 'key ' || n, 'meterr', 'live', 'hmac-sha256.none.' || n, 'none',
       'sk-meterr_live_abcd', 'wxyz', ARRAY['tokens:write'] FROM generate_series(1, $1::int) AS n`,
    [keys, owners],
  );
}

export const nothingWrong = {
  alive: 0,
  without_successor: 0,
  with_two: 0,
  orphans: 0,
  with_secret: 0,
  untold: 0,
  told_twice: 0,
};

/** What must not be after an emergency rotation of all keys: each is a count. */
export async function whatIsWrong(pool: pg.Pool, id: string): Promise<typeof nothingWrong> {
  const { rows } = await pool.query(
    `SELECT
      (SELECT count(*) FROM api_keys WHERE emergency_id = $1 AND (is_active OR deactivated_at IS NULL))::int AS alive,
      (SELECT count(*) FROM api_keys k WHERE emergency_id = $1
        AND NOT EXISTS (SELECT FROM key_rotations WHERE old_key_id = k.id))::int AS without_successor,
      (SELECT count(*) FROM (SELECT FROM key_rotations GROUP BY old_key_id HAVING count(*) > 1) AS twice)::int AS with_two,
      (SELECT count(*) FROM api_keys s JOIN key_claims c ON c.id = s.claim_id WHERE c.emergency_id = $1
        AND NOT EXISTS (SELECT FROM key_rotations WHERE new_key_id = s.id))::int AS orphans,
      (SELECT count(*) FROM api_keys WHERE claim_id IS NOT NULL AND key_hash IS NOT NULL)::int AS with_secret,
      (SELECT count(*) FROM users u WHERE EXISTS (SELECT FROM api_keys WHERE user_id = u.id AND emergency_id = $1)
        AND NOT EXISTS (SELECT FROM notifications WHERE recipient = u.email))::int AS untold,
      (SELECT count(*) FROM (SELECT FROM notifications GROUP BY recipient HAVING count(*) > 1) AS twice)::int AS told_twice`,
    [id],
  );
  return rows[0];
}
