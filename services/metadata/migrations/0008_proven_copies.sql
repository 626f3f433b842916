ALTER TABLE pins
  ADD COLUMN next_check_at timestamptz,
  ADD COLUMN check_block text,
  ADD COLUMN check_blocks integer,
  ADD COLUMN check_failures integer NOT NULL DEFAULT 0 CHECK (check_failures >= 0),
  ADD COLUMN repairs integer NOT NULL DEFAULT 0 CHECK (repairs >= 0);
--> statement-breakpoint
DROP INDEX pins_checked;
--> statement-breakpoint
CREATE INDEX pins_next_check ON pins (provider, next_check_at NULLS FIRST) WHERE state = 'pinned';
--> statement-breakpoint
CREATE INDEX media_replicas_sample ON media_replicas (store, sha256) WHERE state = 'stored';
--> statement-breakpoint
CREATE TABLE outside_services (
  name text PRIMARY KEY,
  state text NOT NULL CHECK (state IN ('ok', 'away', 'refused')),
  since timestamptz NOT NULL,
  refused_call text CHECK (refused_call IN ('read', 'write')),
  detail text,
  told_state text NOT NULL DEFAULT 'ok' CHECK (told_state IN ('ok', 'away', 'refused')),
  told_at timestamptz
);
