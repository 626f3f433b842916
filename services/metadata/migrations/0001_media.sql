CREATE TABLE media (
  id text COLLATE "C" PRIMARY KEY,
  user_id text NOT NULL,
  owner_key text COLLATE "C" NOT NULL,
  environment text NOT NULL CHECK (environment IN ('live', 'test')),
  name text NOT NULL,
  type text NOT NULL,
  bytes bigint NOT NULL CHECK (bytes > 0),
  sha256 text COLLATE "C" NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  cid text NOT NULL,
  width integer NOT NULL,
  height integer NOT NULL,
  frames integer NOT NULL,
  visibility text NOT NULL CHECK (visibility IN ('private', 'public')),
  metadata_preserved boolean NOT NULL,
  original_sha256 text COLLATE "C" NOT NULL,
  original_bytes bigint NOT NULL,
  created_at timestamptz NOT NULL
);
--> statement-breakpoint
CREATE INDEX media_owner ON media (user_id, environment, id);
--> statement-breakpoint
CREATE INDEX media_content ON media (owner_key, environment, sha256);
--> statement-breakpoint
CREATE TABLE media_usage (
  user_id text PRIMARY KEY,
  bytes bigint NOT NULL CHECK (bytes >= 0)
);
