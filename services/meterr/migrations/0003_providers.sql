-- Accounts at AI providers (T6). The key is sealed (D1) and never shown again.
CREATE TABLE provider_accounts (
  id uuid PRIMARY KEY,
  user_id text NOT NULL,
  environment text NOT NULL CHECK (environment IN ('live', 'test')),
  provider text NOT NULL,
  base_url text NOT NULL,
  sealed_key text NOT NULL,
  last_four text NOT NULL,
  created_at timestamptz NOT NULL
);
--> statement-breakpoint
CREATE INDEX provider_accounts_newest ON provider_accounts (user_id, environment, provider, created_at DESC, id DESC);
