-- Requests without a valid key in a minute, by address group (A1): the first 60 become rows, what is beyond is summed.
-- Minutes are whole ones since 1970. Read and written by the shippers of all nodes, and forgotten after some hours.
CREATE TABLE audit_keyless_minutes (
  minute integer NOT NULL,
  address_group text COLLATE "C" NOT NULL,
  requests integer NOT NULL,
  PRIMARY KEY (minute, address_group)
);
--> statement-breakpoint
-- The sums that have not become rows of audit_logs yet. `first` and `last` describe the first and the last request.
CREATE TABLE audit_sums (
  minute integer NOT NULL,
  address_group text COLLATE "C" NOT NULL,
  code text COLLATE "C" NOT NULL,
  status integer NOT NULL,
  repeats integer NOT NULL,
  first_at timestamptz NOT NULL,
  last_at timestamptz NOT NULL,
  first jsonb NOT NULL,
  last jsonb NOT NULL,
  PRIMARY KEY (minute, address_group, code, status)
);
--> statement-breakpoint
-- How far each file of a journal was ever shipped. A row that was summed has no id by which a second reading would be
-- noticed; this tells when a position was lost or a folder restored. `created_at_ms` is in the file's first bytes.
CREATE TABLE journal_segments (
  node_id text NOT NULL,
  segment bigint NOT NULL,
  created_at_ms bigint NOT NULL,
  byte_offset bigint NOT NULL,
  PRIMARY KEY (node_id, segment, created_at_ms)
);
