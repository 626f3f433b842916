CREATE TABLE media_stores (
  name text PRIMARY KEY,
  takes_private boolean NOT NULL,
  resting_until timestamptz,
  registered_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
--> statement-breakpoint
CREATE TABLE media_replicas (
  store text NOT NULL,
  owner_key text COLLATE "C" NOT NULL,
  environment text NOT NULL CHECK (environment IN ('live', 'test')),
  sha256 text COLLATE "C" NOT NULL,
  type text NOT NULL,
  bytes bigint NOT NULL,
  state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'stored', 'refused')),
  revision integer NOT NULL DEFAULT 1,
  attempts integer NOT NULL DEFAULT 0,
  next_attempt_at timestamptz NOT NULL DEFAULT 'epoch',
  remote_id text,
  url text,
  last_error text,
  stored_at timestamptz,
  PRIMARY KEY (owner_key, environment, sha256, store)
);
--> statement-breakpoint
CREATE INDEX media_replicas_due ON media_replicas (store, next_attempt_at) WHERE state = 'waiting';
--> statement-breakpoint
CREATE FUNCTION note_media_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM media_stores) THEN RETURN NULL; END IF;
  IF TG_OP <> 'INSERT' THEN
    UPDATE media_replicas SET state = 'waiting', revision = revision + 1, attempts = 0, next_attempt_at = 'epoch'
    WHERE (owner_key, environment, sha256) = (OLD.owner_key, OLD.environment, OLD.sha256);
  END IF;
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO media_replicas AS known (store, owner_key, environment, sha256, type, bytes)
    SELECT name, NEW.owner_key, NEW.environment, NEW.sha256, NEW.type, NEW.bytes FROM media_stores
    WHERE takes_private OR NEW.visibility = 'public'
    ON CONFLICT (owner_key, environment, sha256, store) DO UPDATE
    SET state = 'waiting', revision = known.revision + 1, attempts = 0, next_attempt_at = 'epoch'
    WHERE known.state <> 'stored';
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER media_replicated AFTER INSERT OR DELETE OR UPDATE OF owner_key, visibility ON media
  FOR EACH ROW EXECUTE FUNCTION note_media_change();
--> statement-breakpoint
CREATE TABLE webhook_endpoints (
  id text COLLATE "C" PRIMARY KEY,
  user_id text NOT NULL,
  environment text NOT NULL CHECK (environment IN ('live', 'test')),
  url text NOT NULL,
  description text NOT NULL,
  events text[] NOT NULL,
  state text NOT NULL DEFAULT 'enabled' CHECK (state IN ('enabled', 'disabled')),
  disabled_because text CHECK (disabled_because IN ('asked', 'failing', 'gone')),
  failures integer NOT NULL DEFAULT 0,
  failing_since timestamptz,
  resting_until timestamptz,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  CHECK ((state = 'disabled') = (disabled_because IS NOT NULL))
);
--> statement-breakpoint
CREATE INDEX webhook_endpoints_owner ON webhook_endpoints (user_id, environment, created_at, id);
--> statement-breakpoint
CREATE TABLE webhook_secrets (
  id text COLLATE "C" PRIMARY KEY,
  endpoint_id text COLLATE "C" NOT NULL REFERENCES webhook_endpoints (id) ON DELETE CASCADE,
  sealed text NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz
);
--> statement-breakpoint
CREATE UNIQUE INDEX webhook_secrets_current ON webhook_secrets (endpoint_id) WHERE expires_at IS NULL;
--> statement-breakpoint
CREATE INDEX webhook_secrets_endpoint ON webhook_secrets (endpoint_id);
--> statement-breakpoint
CREATE TABLE webhook_deliveries (
  place bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id text COLLATE "C" NOT NULL UNIQUE DEFAULT 'msg_' || replace(gen_random_uuid()::text, '-', ''),
  endpoint_id text COLLATE "C" NOT NULL REFERENCES webhook_endpoints (id) ON DELETE CASCADE,
  type text NOT NULL,
  object_id text NOT NULL,
  body text NOT NULL,
  state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'failed')),
  attempts integer NOT NULL DEFAULT 0,
  replays integer NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  first_attempt_at timestamptz,
  next_attempt_at timestamptz NOT NULL DEFAULT 'epoch',
  finished_at timestamptz,
  last_status integer,
  last_error text
);
--> statement-breakpoint
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (endpoint_id, next_attempt_at, place) WHERE state = 'waiting';
--> statement-breakpoint
CREATE INDEX webhook_deliveries_order ON webhook_deliveries (endpoint_id, object_id, place) WHERE state = 'waiting';
--> statement-breakpoint
CREATE INDEX webhook_deliveries_list ON webhook_deliveries (endpoint_id, place);
--> statement-breakpoint
CREATE INDEX webhook_deliveries_finished ON webhook_deliveries (finished_at) WHERE state <> 'waiting';
--> statement-breakpoint
CREATE FUNCTION queue_webhook(
  owner_id text, owner_environment text, event text, object text, happened_at timestamptz, data json
) RETURNS void LANGUAGE sql AS $$
  INSERT INTO webhook_deliveries (endpoint_id, type, object_id, body)
  SELECT id, event, object, json_build_object(
    'type', event,
    'timestamp', to_char(happened_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'data', data)::text
  FROM webhook_endpoints
  WHERE user_id = owner_id AND environment = owner_environment AND state = 'enabled' AND event = ANY (events)
$$;
--> statement-breakpoint
CREATE FUNCTION note_metadata_created() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM webhook_endpoints) THEN RETURN NULL; END IF;
  PERFORM queue_webhook(user_id, environment, 'metadata.created', id, created_at, json_build_object(
    'id', id, 'version', version, 'cid', cid, 'collection_id', collection_id, 'token_id', token_id))
  FROM after_rows ORDER BY id;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE FUNCTION note_metadata_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM webhook_endpoints) THEN RETURN NULL; END IF;
  PERFORM queue_webhook(user_id, environment, type, id, happened_at, json_build_object(
    'id', id, 'version', version, 'cid', cid, 'collection_id', collection_id, 'token_id', token_id))
  FROM (
    SELECT a.*, CASE
        WHEN a.deleted_at IS NOT NULL THEN 'metadata.deleted'
        WHEN b.deleted_at IS NOT NULL THEN 'metadata.restored'
        WHEN a.frozen AND NOT b.frozen THEN 'metadata.frozen'
        ELSE 'metadata.updated' END AS type,
      CASE
        WHEN a.deleted_at IS NOT NULL THEN a.deleted_at
        WHEN b.deleted_at IS NOT NULL THEN clock_timestamp()
        WHEN a.frozen AND NOT b.frozen THEN coalesce(a.frozen_at, a.updated_at)
        ELSE a.updated_at END AS happened_at
    FROM after_rows a JOIN before_rows b ON b.id = a.id
    WHERE a.version <> b.version OR a.frozen <> b.frozen OR (a.deleted_at IS NULL) <> (b.deleted_at IS NULL)
  ) changed ORDER BY id;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER metadata_inserted_webhooks AFTER INSERT ON metadata
  REFERENCING NEW TABLE AS after_rows FOR EACH STATEMENT EXECUTE FUNCTION note_metadata_created();
--> statement-breakpoint
CREATE TRIGGER metadata_updated_webhooks AFTER UPDATE ON metadata
  REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows FOR EACH STATEMENT EXECUTE FUNCTION note_metadata_changed();
--> statement-breakpoint
CREATE FUNCTION note_media_event() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  file media := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
  PERFORM queue_webhook(file.user_id, file.environment,
    CASE WHEN TG_OP = 'DELETE' THEN 'media.deleted' ELSE 'media.created' END, file.id,
    CASE WHEN TG_OP = 'DELETE' THEN clock_timestamp() ELSE file.created_at END,
    json_build_object('id', file.id, 'cid', file.cid, 'sha256', file.sha256));
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER media_webhooks AFTER INSERT OR DELETE ON media
  FOR EACH ROW EXECUTE FUNCTION note_media_event();
--> statement-breakpoint
CREATE FUNCTION note_collection_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM queue_webhook(NEW.user_id, NEW.environment, 'collection.published', NEW.id, NEW.published_at,
    json_build_object('id', NEW.id, 'name', NEW.name));
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER collections_webhooks AFTER UPDATE OF published_at ON collections
  FOR EACH ROW WHEN (OLD.published_at IS NULL AND NEW.published_at IS NOT NULL)
  EXECUTE FUNCTION note_collection_event();
--> statement-breakpoint
CREATE FUNCTION note_pin_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM queue_webhook(NEW.user_id, NEW.environment, 'pin.' || NEW.state, NEW.id, NEW.updated_at,
    json_build_object('id', NEW.id, 'kind', NEW.kind, 'object_id', NEW.object_id, 'cid', NEW.cid,
      'provider', NEW.provider, 'reason', NEW.reason));
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER pins_webhooks AFTER UPDATE OF state ON pins
  FOR EACH ROW WHEN (OLD.state <> NEW.state AND NEW.state IN ('pinned', 'failed'))
  EXECUTE FUNCTION note_pin_event();
