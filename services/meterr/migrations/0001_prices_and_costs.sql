-- Operators' own prices stand beside the library's: a model of theirs goes first, and a new library leaves it alone (T4).
ALTER TABLE price_models ADD COLUMN source text NOT NULL DEFAULT 'genai-prices';
--> statement-breakpoint
ALTER TABLE price_models DROP CONSTRAINT price_models_pkey;
--> statement-breakpoint
ALTER TABLE price_models ADD PRIMARY KEY (source, provider, model);
--> statement-breakpoint
ALTER TABLE price_providers ADD COLUMN source text NOT NULL DEFAULT 'genai-prices';
--> statement-breakpoint
-- Models that came without a price: operators are told of each once, in one mail with others (T4).
CREATE TABLE unpriced_models (
  provider text COLLATE "C" NOT NULL,
  model text COLLATE "C" NOT NULL,
  first_seen_at timestamptz NOT NULL,
  alerted_at timestamptz,
  PRIMARY KEY (provider, model)
);
--> statement-breakpoint
CREATE INDEX unpriced_models_untold ON unpriced_models (first_seen_at) WHERE alerted_at IS NULL;
--> statement-breakpoint
-- What is to be priced once its price is known.
CREATE INDEX usage_events_unpriced ON usage_events (user_id, environment, event_id) WHERE cost IS NULL;
--> statement-breakpoint
-- Sums by tag and quarter of an hour; a day of any zone is a sum of these.
CREATE TABLE usage_by_tag (
  user_id text NOT NULL,
  environment text NOT NULL,
  tag text COLLATE "C" NOT NULL,
  quarter timestamptz NOT NULL,
  value text COLLATE "C" NOT NULL,
  provider text COLLATE "C" NOT NULL,
  model text COLLATE "C" NOT NULL,
  events bigint NOT NULL,
  unpriced_events bigint NOT NULL,
  tokens numeric(38, 0) NOT NULL,
  cost numeric(38, 18) NOT NULL,
  PRIMARY KEY (user_id, environment, tag, quarter, value, provider, model)
) WITH (fillfactor = 70);
