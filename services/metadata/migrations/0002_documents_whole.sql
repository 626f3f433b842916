CREATE EXTENSION IF NOT EXISTS pg_trgm;
--> statement-breakpoint
ALTER TABLE metadata
  ADD COLUMN traits text[] NOT NULL DEFAULT '{}',
  ADD COLUMN change text NOT NULL DEFAULT 'create' CHECK (change IN ('create', 'replace', 'patch', 'restore')),
  ADD COLUMN changed_by text,
  ADD COLUMN frozen_at timestamptz,
  ADD COLUMN freeze_proof text,
  ADD CHECK (frozen_at IS NULL OR frozen);
--> statement-breakpoint
UPDATE metadata SET search_text = lower(left(search_text, 4000));
--> statement-breakpoint
CREATE INDEX metadata_search ON metadata USING gin (search_text gin_trgm_ops) WHERE deleted_at IS NULL;
--> statement-breakpoint
CREATE INDEX metadata_search_start ON metadata (user_id, environment, (left(search_text, 8)) text_pattern_ops)
  WHERE deleted_at IS NULL;
--> statement-breakpoint
CREATE INDEX metadata_traits ON metadata USING gin (traits) WHERE deleted_at IS NULL;
--> statement-breakpoint
CREATE INDEX metadata_collection ON metadata (collection_id, created_at, id) WHERE deleted_at IS NULL;
--> statement-breakpoint
CREATE INDEX metadata_recoverable ON metadata (user_id, environment, deleted_at, id) WHERE deleted_at IS NOT NULL;
--> statement-breakpoint
CREATE TABLE metadata_versions (
  document_id text COLLATE "C" NOT NULL REFERENCES metadata (id) ON DELETE CASCADE,
  version integer NOT NULL CHECK (version > 0),
  collection_id text COLLATE "C",
  token_id text COLLATE "C",
  cid text NOT NULL,
  standards text[] NOT NULL,
  document text NOT NULL,
  document_bytes integer NOT NULL,
  change text NOT NULL,
  changed_by text,
  changed_at timestamptz NOT NULL,
  PRIMARY KEY (document_id, version)
);
