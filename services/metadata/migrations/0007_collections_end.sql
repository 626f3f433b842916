ALTER TABLE collections
  ADD COLUMN deleted_at timestamptz,
  ADD COLUMN frozen_at timestamptz,
  ADD CHECK (deleted_at IS NULL OR frozen_at IS NULL);
--> statement-breakpoint
DROP INDEX collections_name;
--> statement-breakpoint
CREATE UNIQUE INDEX collections_name ON collections (user_id, environment, name) WHERE deleted_at IS NULL;
--> statement-breakpoint
CREATE INDEX collections_deleted_at ON collections (deleted_at) WHERE deleted_at IS NOT NULL;
--> statement-breakpoint
ALTER TABLE metadata
  ADD COLUMN deleted_with_collection boolean NOT NULL DEFAULT false,
  ADD CHECK (deleted_at IS NOT NULL OR NOT deleted_with_collection);
--> statement-breakpoint
CREATE INDEX metadata_whole_collection ON metadata (collection_id) WHERE collection_id IS NOT NULL;
--> statement-breakpoint
DROP TRIGGER collections_webhooks ON collections;
--> statement-breakpoint
CREATE OR REPLACE FUNCTION note_collection_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.published_at IS NULL AND NEW.published_at IS NOT NULL THEN
    PERFORM queue_webhook(NEW.user_id, NEW.environment, 'collection.published', NEW.id, NEW.published_at,
      json_build_object('id', NEW.id, 'name', NEW.name));
  END IF;
  IF OLD.frozen_at IS NULL AND NEW.frozen_at IS NOT NULL THEN
    PERFORM queue_webhook(NEW.user_id, NEW.environment, 'collection.frozen', NEW.id, NEW.frozen_at,
      json_build_object('id', NEW.id, 'name', NEW.name));
  END IF;
  IF OLD.deleted_at IS NULL AND NEW.deleted_at IS NOT NULL THEN
    PERFORM queue_webhook(NEW.user_id, NEW.environment, 'collection.deleted', NEW.id, NEW.deleted_at,
      json_build_object('id', NEW.id, 'name', NEW.name));
  END IF;
  IF OLD.deleted_at IS NOT NULL AND NEW.deleted_at IS NULL THEN
    PERFORM queue_webhook(NEW.user_id, NEW.environment, 'collection.restored', NEW.id, clock_timestamp(),
      json_build_object('id', NEW.id, 'name', NEW.name));
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER collections_webhooks AFTER UPDATE OF published_at, frozen_at, deleted_at ON collections
  FOR EACH ROW EXECUTE FUNCTION note_collection_event();
--> statement-breakpoint
ALTER TABLE webhook_endpoints DROP CONSTRAINT webhook_endpoints_disabled_because_check;
--> statement-breakpoint
ALTER TABLE webhook_endpoints ADD CONSTRAINT webhook_endpoints_disabled_because_check
  CHECK (disabled_because IN ('asked', 'failing', 'gone', 'handed_over'));
