import type { Database } from '../../../database/database.ts';

export interface ManyKeys {
  /** Begins the ids of the owners and of the keys. */
  readonly prefix: string;
  /** Tells the keys of several sets of one prefix apart. Default `k`. */
  readonly name?: string;
  readonly owners: number;
  readonly keys: number;
  readonly service?: string;
  readonly environment?: 'live' | 'test';
  readonly createdAt?: Date;
  readonly expiresAt?: Date;
}

/** Inserts owners `<prefix>-o-1` … and keys `<prefix>-k-1` …, dealt out to the owners in turn, by two statements. */
export async function insertKeys({ pool }: Database, wanted: ManyKeys): Promise<void> {
  const {
    prefix,
    name = 'k',
    owners,
    keys,
    service = 'meterr',
    environment = 'live',
    createdAt,
    expiresAt,
  } = wanted;
  await pool.query(
    `INSERT INTO users (id, name, email)
     SELECT $1 || '-o-' || n, 'Owner ' || n, $1 || '-' || n || '@example.com' FROM generate_series(1, $2::int) AS n
     ON CONFLICT DO NOTHING`,
    [prefix, owners],
  );
  await pool.query(
    `INSERT INTO api_keys (id, user_id, name, service, environment, key_hash, checksum_key_id, prefix, last_four, scopes,
       allowed_ips, limits, created_at, expires_at)
     SELECT $1 || '-' || $8 || '-' || n, $1 || '-o-' || (n % $2::int + 1), 'key ' || n, $4, $5,
       'hmac-sha256.test.' || $1 || '-' || $8 || '-' || n, 'test', 'sk-' || $4 || '_' || $5 || '_abcd', 'wxyz', ARRAY['tokens:write'],
       ARRAY['10.0.0.0/8'], '[{"limit": 5, "windowMs": 1000}]', coalesce($6, now()), $7
     FROM generate_series(1, $3::int) AS n`,
    [prefix, owners, keys, service, environment, createdAt ?? null, expiresAt ?? null, name],
  );
}
