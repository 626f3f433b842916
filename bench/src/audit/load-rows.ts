import type pg from 'pg';

/** Rows made by one statement. */
const chunkRows = 250_000;
/** How far back the rows reach, evenly: five months and a part of a sixth. */
const days = 150;

/**
 * Fills `audit_logs` with rows as a busy product has them: 5,000 keys and 200,000 addresses by Zipf's law, the paths,
 * statuses and actions of the services, some of them very rare. Indexes are taken away and built again afterwards.
 */
export async function loadRows(
  client: pg.Client,
  rows: number,
  log: (line: string) => void = () => {},
): Promise<void> {
  for (let back = 0; back <= days + 31; back += 28) {
    await client.query(`SELECT keyward_ensure_audit_partition(now() - interval '${back} days')`);
  }
  const { rows: indexes }: pg.QueryResult<{ name: string; definition: string }> = await client.query(
    `SELECT indexname AS name, indexdef AS definition FROM pg_indexes
     WHERE tablename = 'audit_logs' AND indexname <> 'audit_logs_pkey'`,
  );
  await client.query('SET synchronous_commit = off');
  await client.query('ALTER TABLE audit_logs DROP CONSTRAINT audit_logs_pkey');
  for (const { name } of indexes) await client.query(`DROP INDEX ${name}`);
  for (let done = 0; done < rows; done += chunkRows) {
    await client.query(insertRows, [done, Math.min(rows, done + chunkRows) - 1, rows]);
    log(`audit rows: ${done + chunkRows} of ${rows}`);
  }
  await client.query("SET maintenance_work_mem = '512MB'");
  await client.query('ALTER TABLE audit_logs ADD PRIMARY KEY (created_at, id)');
  for (const { definition } of indexes) await client.query(definition.replace(' ON ONLY ', ' ON '));
  log('audit rows: indexes built');
  await client.query('VACUUM (ANALYZE) audit_logs');
}

/** 1: in a million rows so many; what is drawn for a row stands in `drawn`. */
const insertRows = `
INSERT INTO audit_logs (id, created_at, user_id, api_key, method, path, status, duration_ms, ip, user_agent, request_id,
  client_request_id, service, environment, action, error_code, object_type, object_ids, object_count)
SELECT left(time_hex, 8) || '-' || right(time_hex, 4) || '-7' || substr(hash, 1, 3) || '-8' || substr(hash, 4, 3) || '-' ||
    substr(hash, 7, 12),
  created_at,
  CASE WHEN status <> 401 THEN '0199f3a0-7c1e-7d6a-a8de-' || lpad((key / 5)::text, 12, '0') END,
  CASE WHEN status <> 401 THEN '0199f3a0-7c1e-7d6a-b8de-' || lpad(key::text, 12, '0') END,
  method,
  CASE WHEN i % 50021 = 7 THEN '/api/reports/' || i ELSE path END,
  status, (random() * 20)::int,
  CASE WHEN address % 20 = 0 THEN ('2001:db8:' || to_hex(address / 65536) || ':' || to_hex(address % 65536) || '::' ||
    to_hex(i % 7 + 1))::inet ELSE '10.0.0.0'::inet + address END,
  'Mozilla/5.0 (X11; Linux x86_64) service/' || key % 9,
  left(time_hex, 8) || '-' || right(time_hex, 4) || '-7' || substr(hash, 2, 3) || '-8' || substr(hash, 5, 3) || '-' ||
    substr(hash, 12, 12),
  CASE WHEN i % 10 = 3 THEN 'client-' || hash END,
  service, CASE WHEN status <> 401 THEN CASE WHEN key % 10 = 0 THEN 'test' ELSE 'live' END END,
  CASE WHEN i % 250007 = 11 THEN 'keys.revoke' ELSE action END,
  CASE status WHEN 401 THEN 'invalid_key' WHEN 404 THEN 'not_found' WHEN 422 THEN 'invalid_request'
    WHEN 429 THEN 'rate_limited' WHEN 500 THEN 'internal_error' WHEN 503 THEN 'storage_full' END,
  service, ARRAY['md_' || left(hash, 12)], 1
FROM (
  SELECT i, hash, created_at, lpad(to_hex((extract(epoch FROM created_at) * 1000)::bigint), 12, '0') AS time_hex,
    exp(r1 * ln(5000))::int AS key,
    exp(r2 * ln(200000))::int AS address,
    CASE WHEN i % 500009 = 13 THEN 503 WHEN i % 40009 = 5 THEN 500 WHEN r3 < 0.02 THEN 401 WHEN r3 < 0.05 THEN 404
      WHEN r3 < 0.06 THEN 422 WHEN r3 < 0.07 THEN 429 WHEN r3 < 0.2 THEN 201 ELSE 200 END AS status,
    CASE WHEN r4 < 0.5 THEN 'metadata' WHEN r4 < 0.999 THEN 'meterr' ELSE 'control' END AS service,
    CASE WHEN i % 100003 = 17 THEN 'DELETE' WHEN r3 >= 0.07 AND r3 < 0.2 OR r4 < 0.2 OR r4 > 0.7 THEN 'POST' ELSE 'GET' END
      AS method,
    CASE WHEN r4 < 0.2 THEN 'metadata.create' WHEN r4 < 0.5 THEN 'metadata.read' WHEN r4 < 0.7 THEN 'usage.read'
      WHEN r4 < 0.999 THEN 'usage.create' ELSE 'keys.list' END AS action,
    CASE WHEN r4 < 0.2 THEN '/api/metadata' WHEN r4 < 0.5 THEN '/api/metadata/' || left(hash, 20)
      WHEN r4 < 0.7 THEN '/v1/usage/summary?from=' || created_at::date WHEN r4 < 0.999 THEN '/v1/usage'
      ELSE '/v1/control/keys?limit=100' END AS path
  FROM (
    SELECT i, md5(i::text) AS hash, random() AS r1, random() AS r2, random() AS r3, random() AS r4,
      date_trunc('milliseconds', now() - interval '${days} days' * (1 - i::float8 / $3::float8)) AS created_at
    FROM generate_series($1::bigint, $2::bigint) AS i
    OFFSET 0
  ) AS drawn
) AS chosen`;
