-- Counts of texts (T1). The text itself is never stored.
CREATE TABLE tokens (
  id uuid PRIMARY KEY,
  user_id text NOT NULL,
  environment text NOT NULL CHECK (environment IN ('live', 'test')),
  key_id text NOT NULL,
  model text NOT NULL,
  encoding text NOT NULL,
  exactness text NOT NULL CHECK (exactness IN ('exact', 'estimated')),
  count bigint NOT NULL CHECK (count >= 0),
  cost numeric(38, 18),
  price_id uuid,
  priced text NOT NULL CHECK (priced IN ('exact', 'estimated', 'unpriced')),
  metadata jsonb,
  created_at timestamptz NOT NULL,
  CHECK ((cost IS NULL) = (priced = 'unpriced'))
);
--> statement-breakpoint
CREATE INDEX tokens_newest ON tokens (user_id, environment, created_at DESC, id DESC);
--> statement-breakpoint
-- One row per call to a model (T3). All counts are disjoint; web_searches are calls, not tokens.
CREATE TABLE usage_events (
  id uuid PRIMARY KEY,
  user_id text NOT NULL,
  environment text NOT NULL CHECK (environment IN ('live', 'test')),
  key_id text NOT NULL,
  event_id text COLLATE "C" NOT NULL,
  content_hash bytea NOT NULL,
  provider text NOT NULL,
  model text NOT NULL,
  occurred_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL,
  input_tokens bigint NOT NULL,
  cache_read_tokens bigint NOT NULL,
  cache_write_5m_tokens bigint NOT NULL,
  cache_write_1h_tokens bigint NOT NULL,
  output_tokens bigint NOT NULL,
  reasoning_tokens bigint NOT NULL,
  input_audio_tokens bigint NOT NULL,
  output_audio_tokens bigint NOT NULL,
  cache_read_audio_tokens bigint NOT NULL,
  output_image_tokens bigint NOT NULL,
  citation_tokens bigint NOT NULL,
  web_searches bigint NOT NULL,
  total_tokens bigint NOT NULL,
  total_mismatch boolean NOT NULL,
  cost numeric(38, 18),
  price_id uuid,
  priced text NOT NULL CHECK (priced IN ('exact', 'estimated', 'unpriced')),
  reported_cost numeric(38, 18),
  tags jsonb,
  metadata jsonb,
  CHECK ((cost IS NULL) = (priced = 'unpriced'))
);
--> statement-breakpoint
CREATE UNIQUE INDEX usage_events_event_id ON usage_events (user_id, environment, event_id);
--> statement-breakpoint
CREATE INDEX usage_events_newest ON usage_events (user_id, environment, occurred_at DESC, id DESC);
--> statement-breakpoint
-- Sums per UTC day. Costs leave unpriced events out; unpriced_events says how many.
CREATE TABLE usage_by_day (
  user_id text NOT NULL,
  environment text NOT NULL,
  day date NOT NULL,
  provider text COLLATE "C" NOT NULL,
  model text COLLATE "C" NOT NULL,
  key_id text COLLATE "C" NOT NULL,
  events bigint NOT NULL,
  unpriced_events bigint NOT NULL,
  tokens numeric(38, 0) NOT NULL,
  cost numeric(38, 18) NOT NULL,
  PRIMARY KEY (user_id, environment, day, provider, model, key_id)
) WITH (fillfactor = 70);
--> statement-breakpoint
-- The same per quarter of an hour: no time zone is finer, so a day of any zone is a sum of these.
CREATE TABLE usage_by_quarter (
  user_id text NOT NULL,
  environment text NOT NULL,
  quarter timestamptz NOT NULL,
  provider text COLLATE "C" NOT NULL,
  model text COLLATE "C" NOT NULL,
  key_id text COLLATE "C" NOT NULL,
  events bigint NOT NULL,
  unpriced_events bigint NOT NULL,
  tokens numeric(38, 0) NOT NULL,
  cost numeric(38, 18) NOT NULL,
  PRIMARY KEY (user_id, environment, quarter, provider, model, key_id)
) WITH (fillfactor = 70);
--> statement-breakpoint
-- The price catalogue (T4). Nodes reload it when the revision moves.
CREATE TABLE price_catalogue (
  is_single boolean PRIMARY KEY DEFAULT true CHECK (is_single),
  revision bigint NOT NULL
);
--> statement-breakpoint
INSERT INTO price_catalogue (revision) VALUES (0);
--> statement-breakpoint
-- Seeds that have been applied; none is applied twice, so an older node cannot undo a newer one's prices.
CREATE TABLE price_seeds (
  version text PRIMARY KEY,
  applied_at timestamptz NOT NULL
);
--> statement-breakpoint
CREATE TABLE price_providers (
  provider text PRIMARY KEY,
  position integer NOT NULL,
  provider_match jsonb,
  model_match jsonb,
  fallbacks text[] NOT NULL
);
--> statement-breakpoint
CREATE TABLE price_models (
  provider text NOT NULL,
  model text NOT NULL,
  position integer NOT NULL,
  match jsonb NOT NULL,
  PRIMARY KEY (provider, model)
);
--> statement-breakpoint
-- Each row charges from valid_from until valid_to; rows are ended, never changed, since events name them.
-- daily_from and daily_to (seconds of the UTC day) narrow a row to a part of each day.
CREATE TABLE prices (
  id uuid PRIMARY KEY,
  provider text NOT NULL,
  model text NOT NULL,
  declared_from timestamptz,
  valid_from timestamptz,
  valid_to timestamptz,
  daily_from integer,
  daily_to integer,
  rates_hash text NOT NULL,
  source text NOT NULL,
  created_at timestamptz NOT NULL
);
--> statement-breakpoint
CREATE INDEX prices_model ON prices (provider, model);
--> statement-breakpoint
-- US dollars for one unit. A rate holds for calls with more input tokens than above_input_tokens; 0 is the base, which holds for all.
CREATE TABLE price_rates (
  price_id uuid NOT NULL REFERENCES prices (id),
  class text NOT NULL,
  above_input_tokens bigint NOT NULL,
  rate numeric(38, 18) NOT NULL CHECK (rate >= 0),
  PRIMARY KEY (price_id, class, above_input_tokens)
);
