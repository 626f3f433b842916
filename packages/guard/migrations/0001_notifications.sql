-- The outbox (M4, O6): a row is written in the transaction of what it tells of, and delivered afterwards.
CREATE TABLE notifications (
  id text PRIMARY KEY DEFAULT gen_random_uuid()::text,
  kind text NOT NULL CHECK (kind IN ('email', 'webhook')),
  recipient text NOT NULL,
  content jsonb,
  dedupe_key text UNIQUE,
  state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'failed')),
  attempts integer NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now(),
  first_attempt_at timestamptz,
  next_attempt_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz,
  last_error text,
  CHECK (content IS NOT NULL OR state = 'delivered')
);
--> statement-breakpoint
CREATE INDEX notifications_waiting ON notifications (next_attempt_at) WHERE state = 'waiting';
--> statement-breakpoint
CREATE INDEX notifications_finished ON notifications (state, finished_at) WHERE state <> 'waiting';
