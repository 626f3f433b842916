import { sql } from 'drizzle-orm';
import { uuidv7 } from '../../ids.ts';
import { hashApiKey } from '../hash.ts';
import { scopeSet } from '../key-settings.ts';
import { checkBatch, type ImportRun, type OwnedLine, type ReadLine } from './check-batch.ts';

/** Checks the lines of a batch and stores those that are right; the run is not kept when any line of it is wrong. */
export async function storeBatch(run: ImportRun, batch: readonly ReadLine[]): Promise<void> {
  const pepper = run.keyring.primary('pepper');
  const rows = (await checkBatch(run, batch)).map((line) => ({
    ...keyValues(run, line),
    id: uuidv7(run.nowMs),
    fingerprint: hashApiKey(line.hash.keyHash, pepper),
    line: line.line,
  }));
  if (rows.length === 0) return;
  const all = JSON.stringify(rows);
  // One parameter for all rows: a statement with one for each value is slow to build and to read.
  await run.tx.execute(sql`
    INSERT INTO api_keys (id, user_id, name, service, environment, key_hash, import_id, prefix, last_four, scopes, limits,
      allowed_ips, allowed_origins, created_at, expires_at)
    SELECT id, user_id, name, service, environment, key_hash, ${run.declared.id}, prefix, last_four, scopes, limits,
      allowed_ips, allowed_origins, created_at, expires_at
    FROM jsonb_to_recordset(${all}::jsonb) AS line (id text, user_id text, name text, service text, environment text,
      key_hash text, prefix text, last_four text, scopes text[], limits jsonb, allowed_ips text[], allowed_origins text[],
      created_at timestamptz, expires_at timestamptz)`);
  await run.tx.execute(sql`
    INSERT INTO imported_hashes (key_id, fingerprint, run_id, line)
    SELECT id, fingerprint, ${run.id}, line
    FROM jsonb_to_recordset(${all}::jsonb) AS line (id text, fingerprint text, line integer)`);
  run.report.imported(rows.length);
}

/** The columns of the key that a line becomes. */
function keyValues(run: ImportRun, { said, hash, owner }: OwnedLine) {
  return {
    user_id: owner.id,
    name: said.name,
    service: said.service,
    environment: said.environment,
    key_hash: hash.keyHash,
    prefix: said.prefix ?? '',
    last_four: said.last_four ?? '',
    scopes: scopeSet(said.scopes),
    limits:
      said.limits?.map(({ limit, window_seconds }) => ({ limit, windowMs: window_seconds * 1000 })) ?? null,
    allowed_ips: said.allowed_ips ?? null,
    allowed_origins: said.allowed_origins ?? null,
    created_at: new Date(said.created_at ?? run.nowMs).toISOString(),
    expires_at: said.expires_at ? new Date(said.expires_at).toISOString() : null,
  };
}
