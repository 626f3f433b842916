CREATE TABLE users (
  id text PRIMARY KEY,
  name text NOT NULL,
  email text NOT NULL UNIQUE,
  email_verified boolean NOT NULL DEFAULT false,
  image text,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  role text NOT NULL DEFAULT 'user',
  banned boolean NOT NULL DEFAULT false,
  ban_reason text,
  ban_expires timestamptz,
  two_factor_enabled boolean NOT NULL DEFAULT false
);
--> statement-breakpoint
CREATE TABLE api_keys (
  id text PRIMARY KEY,
  user_id text NOT NULL REFERENCES users (id),
  name text NOT NULL,
  service text NOT NULL,
  environment text NOT NULL CHECK (environment IN ('live', 'test')),
  key_hash text COLLATE "C",
  checksum_key_id text NOT NULL,
  prefix text NOT NULL,
  last_four text NOT NULL,
  scopes text[] NOT NULL,
  limits jsonb,
  allowed_ips text[],
  allowed_origins text[],
  is_active boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  deactivated_at timestamptz,
  last_used_at timestamptz,
  last_used_ip text
);
--> statement-breakpoint
CREATE UNIQUE INDEX api_keys_key_hash ON api_keys (key_hash);
--> statement-breakpoint
CREATE INDEX api_keys_user_id ON api_keys (user_id, created_at);
--> statement-breakpoint
CREATE TABLE key_rotations (
  id text PRIMARY KEY,
  user_id text NOT NULL REFERENCES users (id),
  reason text NOT NULL CHECK (reason IN ('user_requested', 'scheduled', 'emergency', 'compromised', 'leaked')),
  "timestamp" timestamptz NOT NULL DEFAULT now(),
  old_key_id text NOT NULL REFERENCES api_keys (id),
  new_key_id text NOT NULL REFERENCES api_keys (id)
);
--> statement-breakpoint
CREATE TABLE keyring (
  id text PRIMARY KEY,
  purpose text NOT NULL,
  state text NOT NULL CHECK (state IN ('primary', 'enabled', 'retired')),
  sealed text,
  created_at timestamptz NOT NULL DEFAULT now(),
  retired_at timestamptz
);
--> statement-breakpoint
CREATE UNIQUE INDEX keyring_one_primary ON keyring (purpose) WHERE state = 'primary';
--> statement-breakpoint
-- Nodes remember verified keys; whoever changes what decides, by whatever way, tells them (K10).
-- last_used_at and the like are left out: PostgreSQL serialises all commits that notify.
CREATE FUNCTION keyward_key_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('keyward_keys', 'key:' || OLD.id);
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER api_keys_changed
  AFTER DELETE OR UPDATE OF user_id, service, environment, key_hash, scopes, limits, allowed_ips, allowed_origins,
    is_active, expires_at, revoked_at, deactivated_at ON api_keys
  FOR EACH ROW EXECUTE FUNCTION keyward_key_changed();
--> statement-breakpoint
CREATE FUNCTION keyward_user_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('keyward_keys', 'user:' || OLD.id);
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER users_changed
  AFTER DELETE OR UPDATE OF role, banned, ban_expires ON users
  FOR EACH ROW EXECUTE FUNCTION keyward_user_changed();
--> statement-breakpoint
CREATE TABLE audit_logs (
  id text NOT NULL,
  created_at timestamptz NOT NULL,
  user_id text,
  api_key text,
  method text NOT NULL,
  path text NOT NULL,
  status integer NOT NULL,
  duration_ms integer NOT NULL,
  ip inet,
  user_agent text,
  request_id text NOT NULL,
  client_request_id text,
  service text,
  environment text,
  action text NOT NULL,
  error_code text,
  object_type text,
  object_ids text[],
  object_count integer NOT NULL DEFAULT 0,
  repeats integer NOT NULL DEFAULT 1,
  before jsonb,
  after jsonb,
  PRIMARY KEY (id, created_at)
) PARTITION BY RANGE (created_at);
--> statement-breakpoint
CREATE INDEX audit_logs_request_id ON audit_logs (request_id);
--> statement-breakpoint
CREATE INDEX audit_logs_api_key ON audit_logs (api_key, created_at);
--> statement-breakpoint
CREATE INDEX audit_logs_user_id ON audit_logs (user_id, created_at);
--> statement-breakpoint
CREATE INDEX audit_logs_created_at ON audit_logs (created_at);
--> statement-breakpoint
CREATE FUNCTION keyward_audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'audit_logs is append only: % is refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;
--> statement-breakpoint
CREATE TRIGGER audit_logs_append_only BEFORE UPDATE OR DELETE ON audit_logs
  FOR EACH ROW EXECUTE FUNCTION keyward_audit_is_append_only();
--> statement-breakpoint
CREATE TRIGGER audit_logs_no_truncate BEFORE TRUNCATE ON audit_logs
  FOR EACH STATEMENT EXECUTE FUNCTION keyward_audit_is_append_only();
--> statement-breakpoint
-- Makes the partition of the month of `moment` if it is missing. It is made beside the table and then attached, which
-- waits for no reader (CREATE … PARTITION OF would lock the whole log). Row triggers and indexes are inherited;
-- statement triggers are not, so TRUNCATE is refused on each partition by a trigger of its own.
CREATE FUNCTION keyward_ensure_audit_partition(moment timestamptz) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  first_day timestamp := date_trunc('month', moment AT TIME ZONE 'UTC');
  partition text := 'audit_logs_' || to_char(first_day, 'YYYY_MM');
BEGIN
  IF to_regclass(partition) IS NOT NULL THEN RETURN; END IF;
  PERFORM pg_advisory_xact_lock(hashtext('keyward audit partition'));
  IF to_regclass(partition) IS NOT NULL THEN RETURN; END IF;
  EXECUTE format('CREATE TABLE %I (LIKE audit_logs INCLUDING ALL)', partition);
  EXECUTE format('CREATE TRIGGER audit_logs_no_truncate BEFORE TRUNCATE ON %I
    FOR EACH STATEMENT EXECUTE FUNCTION keyward_audit_is_append_only()', partition);
  EXECUTE format('ALTER TABLE audit_logs ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', partition,
    first_day AT TIME ZONE 'UTC', (first_day + interval '1 month') AT TIME ZONE 'UTC');
END $$;
--> statement-breakpoint
SELECT keyward_ensure_audit_partition(now()), keyward_ensure_audit_partition(now() + interval '1 month');
--> statement-breakpoint
CREATE TABLE journal_positions (
  node_id text PRIMARY KEY,
  segment bigint NOT NULL,
  byte_offset bigint NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now()
);
