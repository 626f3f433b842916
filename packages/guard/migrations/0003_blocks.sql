-- Addresses that are refused altogether (L4). Rows stay as history; one of a subject is in force at a time.
CREATE TABLE blocks (
  id text PRIMARY KEY DEFAULT gen_random_uuid()::text,
  kind text NOT NULL CHECK (kind IN ('address', 'range')),
  -- Canonical, as `192.0.2.1/32`, `2001:db8:0:1::/64`.
  subject text NOT NULL,
  reason text NOT NULL,
  created_by text,
  created_at timestamptz NOT NULL DEFAULT now(),
  -- Null: until it is removed.
  expires_at timestamptz,
  removed_at timestamptz,
  removed_by text,
  -- By the transaction that wrote a row last, a node reads what it has not seen yet: a time or a sequence would hide rows
  -- of transactions that commit later than others that began after them.
  changed_in xid8 NOT NULL DEFAULT pg_current_xact_id()
);
--> statement-breakpoint
CREATE UNIQUE INDEX blocks_in_force ON blocks (subject) WHERE removed_at IS NULL;
--> statement-breakpoint
CREATE INDEX blocks_expires_at ON blocks (expires_at) WHERE removed_at IS NULL AND expires_at IS NOT NULL;
--> statement-breakpoint
CREATE INDEX blocks_created_at ON blocks (created_at, id);
--> statement-breakpoint
CREATE INDEX blocks_changed_in ON blocks (changed_in);
--> statement-breakpoint
CREATE FUNCTION keyward_block_changing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.changed_in := pg_current_xact_id();
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER blocks_changing BEFORE UPDATE ON blocks FOR EACH ROW EXECUTE FUNCTION keyward_block_changing();
--> statement-breakpoint
CREATE FUNCTION keyward_blocks_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('keyward_blocks', TG_OP);
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER blocks_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON blocks
  FOR EACH STATEMENT EXECUTE FUNCTION keyward_blocks_changed();
