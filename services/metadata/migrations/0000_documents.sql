CREATE TABLE collections (
  id text COLLATE "C" PRIMARY KEY,
  user_id text NOT NULL,
  environment text NOT NULL CHECK (environment IN ('live', 'test')),
  name text NOT NULL,
  published_at timestamptz,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX collections_name ON collections (user_id, environment, name);
--> statement-breakpoint
CREATE INDEX collections_created_at ON collections (user_id, environment, created_at, id);
--> statement-breakpoint
CREATE TABLE metadata (
  id text COLLATE "C" PRIMARY KEY,
  user_id text NOT NULL,
  environment text NOT NULL CHECK (environment IN ('live', 'test')),
  collection_id text COLLATE "C" REFERENCES collections (id),
  token_id text COLLATE "C" CHECK (token_id ~ '^(0|[1-9][0-9]{0,77})$'),
  version integer NOT NULL CHECK (version > 0),
  cid text NOT NULL,
  frozen boolean NOT NULL DEFAULT false,
  standards text[] NOT NULL,
  name text COLLATE "C" NOT NULL CHECK (length(name) <= 128),
  search_text text NOT NULL,
  document text NOT NULL,
  document_bytes integer NOT NULL CHECK (document_bytes <= 1048576),
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  deleted_at timestamptz,
  CHECK (token_id IS NULL OR collection_id IS NOT NULL)
);
--> statement-breakpoint
CREATE UNIQUE INDEX metadata_place ON metadata (collection_id, token_id)
  WHERE deleted_at IS NULL AND token_id IS NOT NULL;
--> statement-breakpoint
CREATE INDEX metadata_created_at ON metadata (user_id, environment, created_at, id) WHERE deleted_at IS NULL;
--> statement-breakpoint
CREATE INDEX metadata_updated_at ON metadata (user_id, environment, updated_at, id) WHERE deleted_at IS NULL;
--> statement-breakpoint
CREATE INDEX metadata_name ON metadata (user_id, environment, name, id) WHERE deleted_at IS NULL;
--> statement-breakpoint
CREATE INDEX metadata_deleted_at ON metadata (deleted_at) WHERE deleted_at IS NOT NULL;
--> statement-breakpoint
CREATE TABLE metadata_idempotency (
  user_id text NOT NULL,
  environment text NOT NULL CHECK (environment IN ('live', 'test')),
  key text COLLATE "C" NOT NULL,
  content_hash text NOT NULL,
  answer json,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (user_id, environment, key)
);
--> statement-breakpoint
CREATE INDEX metadata_idempotency_created_at ON metadata_idempotency (created_at);
