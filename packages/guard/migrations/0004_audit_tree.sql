-- The transaction that brought a row. The sequencer asks for the rows of all transactions that its last snapshot did
-- not see; rows that are there already get the one of this migration.
ALTER TABLE audit_logs ADD COLUMN tx xid8 NOT NULL DEFAULT pg_current_xact_id();
--> statement-breakpoint
CREATE INDEX audit_logs_tx ON audit_logs (tx);
--> statement-breakpoint
-- The tree's leaves (A4): the number of each entry and the hash of its row. Sequence numbers begin at 0 and have no gaps.
CREATE TABLE audit_leaves (
  seq bigint PRIMARY KEY,
  entry_id text NOT NULL,
  created_at timestamptz NOT NULL,
  leaf_hash bytea NOT NULL CHECK (octet_length(leaf_hash) = 32),
  -- As in audit_logs: whoever inserts an id a second time, with another moment, must not bring the sequencer to a halt.
  UNIQUE (entry_id, created_at)
);
--> statement-breakpoint
-- What the personal fields of an entry are committed to with (A5); deleting the salt makes the commitment say nothing.
CREATE TABLE audit_salts (
  seq bigint PRIMARY KEY,
  salt bytea NOT NULL CHECK (octet_length(salt) = 16)
);
--> statement-breakpoint
-- Entries whose personal fields were blanked: the commitment stays, so that the leaf still verifies.
CREATE TABLE audit_erasures (
  seq bigint PRIMARY KEY,
  commitment bytea NOT NULL CHECK (octet_length(commitment) = 32),
  erased_at timestamptz NOT NULL DEFAULT now()
);
--> statement-breakpoint
-- The root of each complete tile of 256 hashes: at level 0 of 256 leaves, above of 256 roots of the level below. They
-- are the hashes in the tiles of C2SP tlog-tiles from its level 1 up, a row each, so that none is ever rewritten.
CREATE TABLE audit_tiles (
  level smallint NOT NULL CHECK (level >= 0),
  tile bigint NOT NULL,
  root bytea NOT NULL CHECK (octet_length(root) = 32),
  PRIMARY KEY (level, tile)
);
--> statement-breakpoint
-- Where the sequencer stands. One row: who holds its lock is the sequencer.
CREATE TABLE audit_tree (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  -- Names this log in its checkpoints, for ever.
  origin text NOT NULL DEFAULT 'keyward.' || replace(gen_random_uuid()::text, '-', ''),
  size bigint NOT NULL DEFAULT 0,
  -- Roots of the complete subtrees that make up the tree, the largest first, 32 bytes each.
  frontier bytea NOT NULL DEFAULT '',
  -- What has been sequenced is what this snapshot sees.
  sequenced pg_snapshot NOT NULL DEFAULT '1:1:'
);
--> statement-breakpoint
INSERT INTO audit_tree DEFAULT VALUES;
--> statement-breakpoint
CREATE TABLE audit_checkpoints (
  number bigint PRIMARY KEY,
  size bigint NOT NULL,
  root bytea NOT NULL CHECK (octet_length(root) = 32),
  -- A C2SP signed note.
  note text NOT NULL,
  signed_at timestamptz NOT NULL
);
--> statement-breakpoint
-- The newest checkpoint that each place outside has taken.
CREATE TABLE audit_anchors (
  place text PRIMARY KEY,
  number bigint NOT NULL,
  anchored_at timestamptz NOT NULL
);
--> statement-breakpoint
CREATE FUNCTION keyward_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append only: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;
--> statement-breakpoint
-- A salt goes only where the commitment that it belongs to has been kept.
CREATE FUNCTION keyward_salts_outlive_only_erasure() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM audit_erasures WHERE seq = OLD.seq) THEN
    RAISE EXCEPTION 'audit_salts is append only: the entry % has not been erased', OLD.seq
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN OLD;
END $$;
--> statement-breakpoint
CREATE TRIGGER audit_leaves_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_leaves
  FOR EACH STATEMENT EXECUTE FUNCTION keyward_is_append_only();
--> statement-breakpoint
CREATE TRIGGER audit_checkpoints_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_checkpoints
  FOR EACH STATEMENT EXECUTE FUNCTION keyward_is_append_only();
--> statement-breakpoint
CREATE TRIGGER audit_tiles_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_tiles
  FOR EACH STATEMENT EXECUTE FUNCTION keyward_is_append_only();
--> statement-breakpoint
CREATE TRIGGER audit_erasures_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_erasures
  FOR EACH STATEMENT EXECUTE FUNCTION keyward_is_append_only();
--> statement-breakpoint
CREATE TRIGGER audit_salts_append_only BEFORE UPDATE OR TRUNCATE ON audit_salts
  FOR EACH STATEMENT EXECUTE FUNCTION keyward_is_append_only();
--> statement-breakpoint
CREATE TRIGGER audit_salts_go_by_erasure BEFORE DELETE ON audit_salts
  FOR EACH ROW EXECUTE FUNCTION keyward_salts_outlive_only_erasure();
--> statement-breakpoint
-- A value as COPY writes it in its text form; NULL is \N.
CREATE FUNCTION keyward_copy_text(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT coalesce(replace(replace(replace(replace(replace(replace(replace(value, '\', '\\'), E'\b', '\b'), E'\f', '\f'),
    E'\n', '\n'), E'\r', '\r'), E'\t', '\t'), E'\x0b', '\v'), '\N')
$$;
--> statement-breakpoint
-- The open part of a row's leaf: the columns of openColumns in audit/tree/leaf.ts, as COPY writes them.
CREATE FUNCTION keyward_audit_open_part(entry audit_logs) RETURNS text LANGUAGE sql STABLE
  SET TimeZone = 'UTC' SET DateStyle = 'ISO' AS $$
  SELECT string_agg(keyward_copy_text(field), E'\t' ORDER BY place)
  FROM unnest(ARRAY[entry.created_at::text, entry.id, entry.user_id, entry.api_key, entry.method, entry.path,
    entry.status::text, entry.duration_ms::text, entry.request_id, entry.client_request_id, entry.service,
    entry.environment, entry.action, entry.error_code, entry.object_type, entry.object_ids::text,
    entry.object_count::text, entry.repeats::text]) WITH ORDINALITY AS fields (field, place)
$$;
--> statement-breakpoint
CREATE FUNCTION keyward_audit_personal_part(entry audit_logs) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT concat_ws(E'\t', keyward_copy_text(inet_out(entry.ip)::text), keyward_copy_text(entry.user_agent),
    keyward_copy_text(entry.before::text), keyward_copy_text(entry.after::text))
$$;
--> statement-breakpoint
-- The leaf of a row: the plain form of what the sequencer does, and its oracle.
CREATE FUNCTION keyward_audit_leaf(entry audit_logs, salt bytea) RETURNS bytea LANGUAGE sql STABLE AS $$
  SELECT sha256('\x00'::bytea || convert_to(keyward_audit_open_part(entry) || E'\t', 'UTF8')
    || sha256(salt || convert_to(keyward_audit_personal_part(entry), 'UTF8')))
$$;
