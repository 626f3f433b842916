CREATE TABLE pins (
  id text COLLATE "C" PRIMARY KEY,
  ordinal bigint GENERATED ALWAYS AS IDENTITY,
  user_id text NOT NULL,
  environment text NOT NULL CHECK (environment IN ('live', 'test')),
  provider text NOT NULL CHECK (provider IN ('pinata', 'pinning-service')),
  kind text NOT NULL CHECK (kind IN ('collection', 'document', 'media')),
  object_id text COLLATE "C" NOT NULL,
  collection_id text COLLATE "C",
  profile text NOT NULL,
  naming text NOT NULL,
  cid text NOT NULL,
  bytes bigint,
  wish text NOT NULL DEFAULT 'keep' CHECK (wish IN ('keep', 'remove')),
  state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sending', 'waiting', 'pinned', 'failed')),
  reason text,
  detail text,
  tries integer NOT NULL DEFAULT 0 CHECK (tries >= 0),
  claims integer NOT NULL DEFAULT 0,
  next_try_at timestamptz,
  provider_id text,
  provider_cid text,
  replaces text,
  upload_url text,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  pinned_at timestamptz,
  checked_at timestamptz,
  check_result text,
  check_detail text,
  CHECK ((state IN ('queued', 'sending', 'waiting')) = (next_try_at IS NOT NULL))
);
--> statement-breakpoint
CREATE INDEX pins_owner ON pins (user_id, environment, created_at, id);
--> statement-breakpoint
CREATE INDEX pins_object ON pins (object_id, provider);
--> statement-breakpoint
CREATE INDEX pins_cid ON pins (cid, provider);
--> statement-breakpoint
CREATE INDEX pins_collection ON pins (collection_id) WHERE collection_id IS NOT NULL;
--> statement-breakpoint
CREATE INDEX pins_due ON pins (provider, next_try_at) WHERE next_try_at IS NOT NULL;
--> statement-breakpoint
CREATE INDEX pins_checked ON pins (provider, checked_at NULLS FIRST) WHERE state = 'pinned';
--> statement-breakpoint
CREATE TABLE pin_quotas (
  provider text PRIMARY KEY,
  permits double precision NOT NULL,
  refilled_at timestamptz NOT NULL,
  blocked_until timestamptz,
  blocked_reason text
);
--> statement-breakpoint
CREATE TABLE pin_changes (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  collection_id text COLLATE "C" NOT NULL,
  changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
--> statement-breakpoint
CREATE FUNCTION note_pin_change() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM pin_quotas) THEN RETURN NULL; END IF;
  IF TG_OP <> 'INSERT' THEN
    INSERT INTO pin_changes (collection_id)
    SELECT DISTINCT collection_id FROM before_rows WHERE collection_id IS NOT NULL;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO pin_changes (collection_id)
    SELECT DISTINCT collection_id FROM after_rows WHERE collection_id IS NOT NULL;
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE FUNCTION note_pin_collection() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  IF EXISTS (SELECT FROM pin_quotas) THEN INSERT INTO pin_changes (collection_id) VALUES (NEW.id); END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER metadata_inserted_pins AFTER INSERT ON metadata
  REFERENCING NEW TABLE AS after_rows FOR EACH STATEMENT EXECUTE FUNCTION note_pin_change();
--> statement-breakpoint
CREATE TRIGGER metadata_updated_pins AFTER UPDATE ON metadata
  REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows FOR EACH STATEMENT EXECUTE FUNCTION note_pin_change();
--> statement-breakpoint
CREATE TRIGGER metadata_deleted_pins AFTER DELETE ON metadata
  REFERENCING OLD TABLE AS before_rows FOR EACH STATEMENT EXECUTE FUNCTION note_pin_change();
--> statement-breakpoint
CREATE TRIGGER collections_pins AFTER UPDATE OF published_at, contract_id ON collections
  FOR EACH ROW EXECUTE FUNCTION note_pin_collection();
