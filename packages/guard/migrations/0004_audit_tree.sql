-- The transaction that brought a row. The sequencer asks for the rows of all transactions that its last snapshot did
-- not see; rows that are there already get the one of this migration.
ALTER TABLE audit_logs ADD COLUMN tx xid8 NOT NULL DEFAULT pg_current_xact_id();
--> statement-breakpoint
CREATE INDEX audit_logs_tx ON audit_logs (tx);
--> statement-breakpoint
-- The tree's leaves (A4): the number of each entry and the hash of its row. Sequence numbers begin at 0 and have no gaps.
CREATE TABLE audit_leaves (
  seq bigint PRIMARY KEY,
  entry_id text NOT NULL UNIQUE,
  created_at timestamptz NOT NULL,
  leaf_hash bytea NOT NULL CHECK (octet_length(leaf_hash) = 32)
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
-- Complete tiles of 256 hashes, from level 1 up (C2SP tlog-tiles); those of level 0 are audit_leaves themselves.
CREATE TABLE audit_tiles (
  level smallint NOT NULL CHECK (level > 0),
  tile bigint NOT NULL,
  hashes bytea NOT NULL CHECK (octet_length(hashes) = 8192),
  PRIMARY KEY (level, tile)
);
--> statement-breakpoint
-- Where the sequencer stands. One row: who holds its lock is the sequencer.
CREATE TABLE audit_tree (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
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
