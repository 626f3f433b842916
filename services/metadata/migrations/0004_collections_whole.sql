ALTER TABLE collections
  ADD COLUMN placeholder text,
  ADD COLUMN placeholder_cid text,
  ADD COLUMN contract_id text COLLATE "C" REFERENCES metadata (id) ON DELETE SET NULL,
  ADD CHECK ((placeholder IS NULL) = (placeholder_cid IS NULL));
--> statement-breakpoint
CREATE INDEX collections_contract ON collections (contract_id) WHERE contract_id IS NOT NULL;
--> statement-breakpoint
CREATE INDEX metadata_tokens ON metadata (collection_id, length(token_id), token_id)
  WHERE deleted_at IS NULL AND token_id IS NOT NULL;
--> statement-breakpoint
CREATE INDEX metadata_changed ON metadata (collection_id, updated_at)
  WHERE deleted_at IS NULL AND token_id IS NOT NULL;
