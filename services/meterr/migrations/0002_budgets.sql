-- Teams (T7). Live and test keys see separate teams (K5).
CREATE TABLE teams (
  id uuid PRIMARY KEY,
  environment text NOT NULL CHECK (environment IN ('live', 'test')),
  name text NOT NULL,
  created_at timestamptz NOT NULL,
  removed_at timestamptz
);
--> statement-breakpoint
-- Nobody's usage is seen by a team that he has not joined himself: until then joined_at is null.
CREATE TABLE team_members (
  team_id uuid NOT NULL REFERENCES teams (id),
  user_id text NOT NULL,
  role text NOT NULL CHECK (role IN ('owner', 'admin', 'member')),
  invited_by text NOT NULL,
  invited_at timestamptz NOT NULL,
  joined_at timestamptz,
  PRIMARY KEY (team_id, user_id)
);
--> statement-breakpoint
CREATE INDEX team_members_user ON team_members (user_id);
--> statement-breakpoint
CREATE UNIQUE INDEX team_members_owner ON team_members (team_id) WHERE role = 'owner';
--> statement-breakpoint
-- The teams its caller was in when an event was booked: who leaves later takes nothing away, who joins brings nothing along.
ALTER TABLE usage_events ADD COLUMN team_ids uuid[] NOT NULL DEFAULT '{}';
--> statement-breakpoint
CREATE TABLE usage_by_team (
  team_id uuid NOT NULL,
  quarter timestamptz NOT NULL,
  user_id text NOT NULL,
  provider text COLLATE "C" NOT NULL,
  model text COLLATE "C" NOT NULL,
  events bigint NOT NULL,
  unpriced_events bigint NOT NULL,
  tokens numeric(38, 0) NOT NULL,
  cost numeric(38, 18) NOT NULL,
  PRIMARY KEY (team_id, quarter, user_id, provider, model)
) WITH (fillfactor = 70);
--> statement-breakpoint
-- Budgets (T5). subject_id is the id of a user, key or team, or the name of a tag, whose value is tag_value.
-- A budget counts from the beginning of the period in which it was made, since.
CREATE TABLE budgets (
  id uuid PRIMARY KEY,
  user_id text NOT NULL,
  environment text NOT NULL CHECK (environment IN ('live', 'test')),
  name text NOT NULL,
  subject text NOT NULL CHECK (subject IN ('user', 'key', 'team', 'tag')),
  subject_id text NOT NULL,
  tag_value text,
  period text NOT NULL CHECK (period IN ('day', 'month', 'total')),
  since date NOT NULL,
  limit_cost numeric(38, 18) NOT NULL CHECK (limit_cost > 0),
  is_hard boolean NOT NULL,
  webhook_url text,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  removed_at timestamptz,
  CHECK ((subject = 'tag') = (tag_value IS NOT NULL))
);
--> statement-breakpoint
CREATE INDEX budgets_owner ON budgets (user_id, environment) WHERE removed_at IS NULL;
--> statement-breakpoint
CREATE INDEX budgets_team ON budgets (subject_id) WHERE removed_at IS NULL AND subject = 'team';
--> statement-breakpoint
-- What a budget has come to in a period (UTC). A move that lowers held is judged by CHECKs before it meets its row, so that
-- held is not below 0 is for the invariant check to see. held is reserved by calls under way; overdraw is what calls cost beyond what
-- was held for them.
CREATE TABLE budget_periods (
  budget_id uuid NOT NULL REFERENCES budgets (id),
  period_start date NOT NULL,
  spent numeric(38, 18) NOT NULL DEFAULT 0,
  held numeric(38, 18) NOT NULL DEFAULT 0,
  overdraw numeric(38, 18) NOT NULL DEFAULT 0 CHECK (overdraw >= 0),
  alerted_percent integer NOT NULL DEFAULT 0,
  is_forecast_alerted boolean NOT NULL DEFAULT false,
  PRIMARY KEY (budget_id, period_start)
) WITH (fillfactor = 70);
--> statement-breakpoint
CREATE TABLE budget_holds (
  id uuid PRIMARY KEY,
  user_id text NOT NULL,
  environment text NOT NULL,
  key_id text NOT NULL,
  amount numeric(38, 18) NOT NULL CHECK (amount >= 0),
  state text NOT NULL CHECK (state IN ('open', 'settled', 'released', 'expired')),
  overdraw numeric(38, 18) NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  ended_at timestamptz
);
--> statement-breakpoint
CREATE INDEX budget_holds_open ON budget_holds (expires_at) WHERE state = 'open';
--> statement-breakpoint
CREATE INDEX budget_holds_ended ON budget_holds (ended_at) WHERE state <> 'open';
--> statement-breakpoint
CREATE TABLE budget_hold_parts (
  hold_id uuid NOT NULL REFERENCES budget_holds (id) ON DELETE CASCADE,
  budget_id uuid NOT NULL REFERENCES budgets (id),
  period_start date NOT NULL,
  PRIMARY KEY (hold_id, budget_id)
);
