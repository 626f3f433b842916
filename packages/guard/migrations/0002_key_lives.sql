-- What a key lives through: rotation, claims, imports, uses, reminders (K6 to K13), and how nodes hear of it (K10).
ALTER TABLE users ADD COLUMN deleted_at timestamptz;
--> statement-breakpoint
-- One count for a key and its successors (K7).
CREATE TABLE key_uses (
  id text PRIMARY KEY,
  uses_max bigint NOT NULL CHECK (uses_max > 0),
  used bigint NOT NULL DEFAULT 0 CHECK (used >= 0)
);
--> statement-breakpoint
-- Strings of no declared pattern are refused without a look-up (K13).
CREATE TABLE key_imports (
  id text PRIMARY KEY,
  pattern text NOT NULL,
  prefix_length integer NOT NULL CHECK (prefix_length BETWEEN 1 AND 64),
  created_at timestamptz NOT NULL DEFAULT now()
);
--> statement-breakpoint
-- A rotation of many keys at once (K8). It is carried on from here when the process dies.
CREATE TABLE emergency_rotations (
  id text PRIMARY KEY,
  reason text NOT NULL CHECK (reason IN ('emergency', 'compromised', 'leaked')),
  selection jsonb NOT NULL,
  grace_ms bigint NOT NULL,
  state text NOT NULL DEFAULT 'replacing' CHECK (state IN ('replacing', 'telling', 'done')),
  keys_stopped integer NOT NULL,
  keys_replaced integer NOT NULL DEFAULT 0,
  owners_told integer NOT NULL DEFAULT 0,
  started_by text,
  created_at timestamptz NOT NULL,
  finished_at timestamptz
);
--> statement-breakpoint
-- Leave to have the secrets of successors made, once each (K8). The link is computed from the id and a key of the keyring
-- when it is sent or listed: it lies nowhere.
CREATE TABLE key_claims (
  id text PRIMARY KEY,
  user_id text NOT NULL REFERENCES users (id),
  emergency_id text REFERENCES emergency_rotations (id),
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  UNIQUE (emergency_id, user_id)
);
--> statement-breakpoint
ALTER TABLE api_keys
  -- A key that was imported carries no checksum of ours.
  ALTER COLUMN checksum_key_id DROP NOT NULL,
  ADD COLUMN uses_id text REFERENCES key_uses (id),
  ADD COLUMN import_id text REFERENCES key_imports (id),
  ADD COLUMN claim_id text REFERENCES key_claims (id),
  ADD COLUMN claimed_at timestamptz,
  ADD COLUMN grace_ends_at timestamptz,
  ADD COLUMN emergency_id text REFERENCES emergency_rotations (id),
  -- Days from its creation until a key should be rotated (K9); 0: never.
  ADD COLUMN rotate_every_days integer NOT NULL DEFAULT 90 CHECK (rotate_every_days BETWEEN 0 AND 3650);
--> statement-breakpoint
-- Which keys came by which run of an import, under a keyed hash of the hash that was imported: the same file may be
-- imported again, also when a key was used, changed or revoked since (K13).
CREATE TABLE imported_hashes (
  key_id text PRIMARY KEY REFERENCES api_keys (id) ON DELETE CASCADE,
  fingerprint text NOT NULL UNIQUE,
  run_id text NOT NULL,
  line integer NOT NULL
);
--> statement-breakpoint
-- bcrypt hashes are salted: their candidates are found by what of the key is not secret (K3).
CREATE INDEX api_keys_bcrypt_prefix ON api_keys (prefix) WHERE key_hash LIKE '$2%';
--> statement-breakpoint
CREATE INDEX api_keys_created_at ON api_keys (created_at, id);
--> statement-breakpoint
CREATE INDEX api_keys_grace_ends_at ON api_keys (grace_ends_at) WHERE grace_ends_at IS NOT NULL AND deactivated_at IS NULL;
--> statement-breakpoint
CREATE INDEX api_keys_claim_id ON api_keys (claim_id) WHERE claim_id IS NOT NULL;
--> statement-breakpoint
CREATE INDEX api_keys_emergency_id ON api_keys (emergency_id, user_id, id) WHERE emergency_id IS NOT NULL;
--> statement-breakpoint
CREATE INDEX key_uses_of_keys ON api_keys (uses_id) WHERE uses_id IS NOT NULL;
--> statement-breakpoint
-- Each key has at most one successor, whoever rotates it how often.
CREATE UNIQUE INDEX key_rotations_old_key_id ON key_rotations (old_key_id);
--> statement-breakpoint
CREATE UNIQUE INDEX key_rotations_new_key_id ON key_rotations (new_key_id);
--> statement-breakpoint
CREATE TABLE planned_rotations (
  key_id text PRIMARY KEY REFERENCES api_keys (id),
  rotate_at timestamptz NOT NULL,
  grace_ms bigint NOT NULL,
  reason text NOT NULL CHECK (reason IN ('user_requested', 'scheduled', 'emergency', 'compromised', 'leaked')),
  planned_by text,
  created_at timestamptz NOT NULL
);
--> statement-breakpoint
CREATE INDEX planned_rotations_rotate_at ON planned_rotations (rotate_at);
--> statement-breakpoint
-- What an owner was reminded of already (K9).
CREATE TABLE key_reminders (
  key_id text NOT NULL REFERENCES api_keys (id),
  kind text NOT NULL,
  sent_at timestamptz NOT NULL,
  PRIMARY KEY (key_id, kind)
);
--> statement-breakpoint
-- Requests and errors of each key (K11), counted in the transaction that ships them. No foreign key: counting refuses nothing.
CREATE TABLE api_key_counts (
  key_id text PRIMARY KEY,
  requests bigint NOT NULL,
  errors bigint NOT NULL
);
--> statement-breakpoint
DROP TRIGGER api_keys_changed ON api_keys;
--> statement-breakpoint
DROP FUNCTION keyward_key_changed();
--> statement-breakpoint
-- With the id of the transaction, by which a node knows a message again that comes to it a second way. The triggers below carry
-- the search path of this migration, so that they work for whoever changes a row, with whatever path of their own.
CREATE FUNCTION keyward_announce(subject text) RETURNS void LANGUAGE sql AS $$
  SELECT pg_notify('keyward_keys', subject || ' ' || pg_current_xact_id())
$$;
--> statement-breakpoint
CREATE OR REPLACE FUNCTION keyward_user_changed() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM keyward_announce('user:' || OLD.id);
  RETURN NULL;
END $$;
--> statement-breakpoint
-- Announces the keys of one statement whose deciding columns changed: each by its id up to 1,000, and beyond that one
-- message for the set. A row trigger could name its columns, but would send 100,000 messages for an emergency rotation.
CREATE FUNCTION keyward_keys_updated() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  changed text[];
BEGIN
  SELECT array_agg(few.id) INTO changed FROM (
    SELECT was.id FROM rows_before was LEFT JOIN rows_after now_is ON now_is.id = was.id
    WHERE now_is.id IS NULL
      OR (was.user_id, was.service, was.environment, was.key_hash, was.scopes, was.limits, was.allowed_ips,
          was.allowed_origins, was.is_active, was.expires_at, was.revoked_at, was.deactivated_at, was.grace_ends_at,
          was.uses_id)
        IS DISTINCT FROM
         (now_is.user_id, now_is.service, now_is.environment, now_is.key_hash, now_is.scopes, now_is.limits,
          now_is.allowed_ips, now_is.allowed_origins, now_is.is_active, now_is.expires_at, now_is.revoked_at,
          now_is.deactivated_at, now_is.grace_ends_at, now_is.uses_id)
    LIMIT 1001) AS few;
  PERFORM keyward_announce_keys(changed);
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE FUNCTION keyward_keys_deleted() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  changed text[];
BEGIN
  SELECT array_agg(few.id) INTO changed FROM (SELECT id FROM rows_before LIMIT 1001) AS few;
  PERFORM keyward_announce_keys(changed);
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE FUNCTION keyward_announce_keys(changed text[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF cardinality(changed) > 1000 THEN
    PERFORM keyward_announce('*');
  ELSE
    PERFORM keyward_announce('key:' || id) FROM unnest(changed) AS id;
  END IF;
END $$;
--> statement-breakpoint
CREATE TRIGGER api_keys_updated AFTER UPDATE ON api_keys
  REFERENCING OLD TABLE AS rows_before NEW TABLE AS rows_after
  FOR EACH STATEMENT EXECUTE FUNCTION keyward_keys_updated();
--> statement-breakpoint
CREATE TRIGGER api_keys_deleted AFTER DELETE ON api_keys
  REFERENCING OLD TABLE AS rows_before
  FOR EACH STATEMENT EXECUTE FUNCTION keyward_keys_deleted();
--> statement-breakpoint
-- The use that spends a count, and whatever gives it uses again; not the uses between, which decide nothing.
CREATE FUNCTION keyward_uses_changed() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM keyward_announce('uses:' || OLD.id);
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER key_uses_changed AFTER UPDATE ON key_uses FOR EACH ROW
  WHEN ((OLD.used >= OLD.uses_max) IS DISTINCT FROM (NEW.used >= NEW.uses_max))
  EXECUTE FUNCTION keyward_uses_changed();
--> statement-breakpoint
CREATE FUNCTION keyward_imports_changed() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM keyward_announce('imports');
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER key_imports_changed AFTER INSERT OR UPDATE OR DELETE ON key_imports
  FOR EACH STATEMENT EXECUTE FUNCTION keyward_imports_changed();
