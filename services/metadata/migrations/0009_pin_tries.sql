ALTER TABLE pins
  ADD COLUMN failures integer NOT NULL DEFAULT 0 CHECK (failures >= 0),
  ADD COLUMN asked_at timestamptz;
--> statement-breakpoint
CREATE INDEX pins_provider_id ON pins (provider_id, provider) WHERE provider_id IS NOT NULL;
