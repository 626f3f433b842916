ALTER TABLE media
  ALTER COLUMN frames DROP NOT NULL,
  ALTER COLUMN original_sha256 DROP NOT NULL,
  ADD COLUMN duration_ms integer,
  ADD COLUMN receipt text;
--> statement-breakpoint
CREATE TABLE media_uploads (
  id text COLLATE "C" PRIMARY KEY,
  user_id text NOT NULL,
  environment text NOT NULL CHECK (environment IN ('live', 'test')),
  name text NOT NULL,
  visibility text NOT NULL CHECK (visibility IN ('private', 'public')),
  metadata_preserved boolean NOT NULL,
  bytes bigint NOT NULL CHECK (bytes > 0),
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL
);
--> statement-breakpoint
CREATE INDEX media_uploads_owner ON media_uploads (user_id);
--> statement-breakpoint
CREATE INDEX media_uploads_expiry ON media_uploads (expires_at);
