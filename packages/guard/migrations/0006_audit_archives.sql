-- By person: the administrative changes of which they are the object, which are few.
CREATE INDEX audit_logs_people ON audit_logs USING gin (object_ids) WHERE object_type = 'user';
--> statement-breakpoint
-- A node that stopped with nothing left to ship rests; one that serves, or died with entries on its disk, does not.
ALTER TABLE journal_positions ADD COLUMN rests_since timestamptz;
--> statement-breakpoint
-- Each written part of a month (A5). The files are never deleted by Keyward.
CREATE TABLE audit_archives (
  month date NOT NULL CHECK (month = date_trunc('month', month)),
  part integer NOT NULL CHECK (part > 0),
  -- The folder or bucket it was written to, and the name there.
  place text NOT NULL,
  file text NOT NULL,
  rows bigint NOT NULL CHECK (rows > 0),
  bytes bigint NOT NULL CHECK (bytes > 0),
  sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32),
  -- Size of the tree when it was written: all its rows have smaller numbers, and rows of a later part have others.
  tree_size bigint NOT NULL,
  signing_key text NOT NULL,
  written_at timestamptz NOT NULL,
  -- When its rows were taken out of the database.
  dropped_at timestamptz,
  PRIMARY KEY (month, part)
);
--> statement-breakpoint
-- The keys under which personal fields stand in archives, sealed under the keyring. Destroying one erases them there.
CREATE TABLE audit_person_keys (
  id text PRIMARY KEY,
  -- `user:<id>`, or `month:2026-01` for rows that belong to nobody.
  subject text NOT NULL UNIQUE,
  sealed text,
  created_at timestamptz NOT NULL DEFAULT now(),
  destroyed_at timestamptz,
  CHECK ((sealed IS NULL) = (destroyed_at IS NOT NULL))
);
--> statement-breakpoint
-- The one change that a row may see: its four personal fields become NULL, by the owner's function below.
CREATE OR REPLACE FUNCTION keyward_audit_is_append_only() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND current_setting('keyward.erasing', true) = 'on'
    AND (SELECT relowner FROM pg_class WHERE oid = TG_RELID) = quote_ident(current_user)::regrole
    AND (NEW.ip, NEW.user_agent, NEW.before, NEW.after) IS NOT DISTINCT FROM (NULL::inet, NULL::text, NULL::jsonb, NULL::jsonb)
    AND to_jsonb(NEW) - '{ip,user_agent,before,after}'::text[] = to_jsonb(OLD) - '{ip,user_agent,before,after}'::text[]
  THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'audit_logs is append only: % is refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;
--> statement-breakpoint
-- A salt goes where the commitment that it belongs to has been kept, or with its row into an archive.
CREATE OR REPLACE FUNCTION keyward_salts_outlive_only_erasure() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF current_setting('keyward.archiving', true) = 'on'
    AND (SELECT relowner FROM pg_class WHERE oid = TG_RELID) = quote_ident(current_user)::regrole
    OR EXISTS (SELECT FROM audit_erasures WHERE seq = OLD.seq)
  THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'audit_salts is append only: the entry % has not been erased', OLD.seq
    USING ERRCODE = 'insufficient_privilege';
END $$;
--> statement-breakpoint
-- Makes the partition of the month of `moment` if it is missing. It is made beside the table and then attached, which
-- waits for no reader and no insert. Of several that make it at once the lock lets one through; being that of a table, it
-- also lets the others see what the one made, where an advisory lock would leave them what they remember of the name.
CREATE OR REPLACE FUNCTION keyward_ensure_audit_partition(moment timestamptz) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  first_day timestamp := date_trunc('month', moment AT TIME ZONE 'UTC');
  partition text := 'audit_logs_' || to_char(first_day, 'YYYY_MM');
BEGIN
  IF to_regclass('public.' || partition) IS NOT NULL THEN RETURN; END IF;
  LOCK TABLE public.audit_logs IN SHARE UPDATE EXCLUSIVE MODE;
  IF to_regclass('public.' || partition) IS NOT NULL THEN RETURN; END IF;
  EXECUTE format('CREATE TABLE public.%I (LIKE public.audit_logs INCLUDING ALL)', partition);
  EXECUTE format('CREATE TRIGGER audit_logs_no_truncate BEFORE TRUNCATE ON public.%I
    FOR EACH STATEMENT EXECUTE FUNCTION public.keyward_audit_is_append_only()', partition);
  EXECUTE format('ALTER TABLE public.audit_logs ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)', partition,
    first_day AT TIME ZONE 'UTC', (first_day + interval '1 month') AT TIME ZONE 'UTC');
END $$;
--> statement-breakpoint
-- Takes a month out of the database that is wholly in archives (A5), and nothing else: it is older than 90 days, and the
-- parts that are recorded have as many rows as the partition. Returns how many rows went.
CREATE FUNCTION keyward_drop_archived_month(archived date) RETURNS bigint
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  month_began date := date_trunc('month', archived)::date;
  month_ended timestamptz := (date_trunc('month', archived) + interval '1 month') AT TIME ZONE 'UTC';
  partition text := 'audit_logs_' || to_char(archived, 'YYYY_MM');
  kept bigint;
  found bigint;
  counted pg_snapshot;
  newer boolean;
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'a month is taken out in a transaction that is read committed';
  END IF;
  IF month_ended + interval '90 days' > now() THEN
    RAISE EXCEPTION 'the month % is kept online: it ended less than 90 days ago', to_char(archived, 'YYYY-MM')
      USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  LOCK TABLE audit_logs IN SHARE UPDATE EXCLUSIVE MODE;
  IF to_regclass('public.' || partition) IS NULL THEN RETURN 0; END IF;
  PERFORM FROM audit_archives WHERE month = month_began AND dropped_at IS NULL FOR UPDATE;
  SELECT coalesce(sum(rows), 0) INTO kept FROM audit_archives WHERE month = month_began AND dropped_at IS NULL;
  EXECUTE format('SELECT count(*), pg_current_snapshot() FROM public.%I', partition) INTO found, counted;
  IF found <> kept THEN
    RAISE EXCEPTION 'the month % is not wholly archived: % rows, and % in recorded archives', to_char(archived, 'YYYY-MM'), found, kept
      USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  -- Archives hold the salts, under the keys of the people; here they would outlive these.
  PERFORM set_config('keyward.archiving', 'on', true);
  EXECUTE format('DELETE FROM audit_salts USING audit_leaves, public.%I AS gone
    WHERE audit_salts.seq = audit_leaves.seq AND audit_leaves.entry_id = gone.id
      AND audit_leaves.created_at = gone.created_at', partition);
  PERFORM set_config('keyward.archiving', 'off', true);
  -- Gives way to whoever reads or writes the log, before PostgreSQL would look for a circle; the caller tries again.
  PERFORM set_config('lock_timeout', '500ms', true);
  LOCK TABLE audit_logs IN ACCESS EXCLUSIVE MODE;
  EXECUTE format('SELECT EXISTS (SELECT FROM public.%I WHERE tx >= pg_snapshot_xmin($1) AND NOT pg_visible_in_snapshot(tx, $1))', partition)
    INTO newer USING counted;
  IF newer THEN
    RAISE EXCEPTION 'the month % has just got new rows', to_char(archived, 'YYYY-MM')
      USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  EXECUTE format('ALTER TABLE public.audit_logs DETACH PARTITION public.%I', partition);
  EXECUTE format('DROP TABLE public.%I', partition);
  UPDATE audit_archives SET dropped_at = now() WHERE month = month_began AND dropped_at IS NULL;
  RETURN found;
END $$;
--> statement-breakpoint
-- Erases a deleted person from the log (A5), at most `rows_max` rows a call: blanks the personal fields of their rows and
-- of changes made to them, keeps the commitment of what has a leaf, deletes the salt, destroys their key of the archives,
-- and writes the audit entry of it. Returns how many rows were blanked; fewer than `rows_max`: it is done.
CREATE FUNCTION keyward_erase_person(person text, rows_max integer, new_id text, request text, via text, actor text)
  RETURNS bigint
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  blanked bigint;
BEGIN
  IF NOT EXISTS (SELECT FROM users WHERE id = person AND deleted_at IS NOT NULL) THEN
    RAISE EXCEPTION 'only a deleted person can be erased' USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  -- Whoever sequences has read rows that are blanked now: it ends first, or fails on this row and begins again.
  UPDATE audit_tree SET size = size;
  PERFORM set_config('keyward.erasing', 'on', true);
  WITH doomed AS (
    SELECT audit_logs AS entry, id, created_at FROM audit_logs
    WHERE (user_id = person OR (object_type = 'user' AND object_ids @> ARRAY[person] AND action <> 'users.erase'))
      AND (ip IS NOT NULL OR user_agent IS NOT NULL OR before IS NOT NULL OR after IS NOT NULL)
    LIMIT rows_max
  ), kept AS (
    INSERT INTO audit_erasures (seq, commitment)
    SELECT seq, sha256(salt || convert_to(keyward_audit_personal_part(doomed.entry), 'UTF8'))
    FROM doomed JOIN audit_leaves ON entry_id = doomed.id AND audit_leaves.created_at = doomed.created_at
      JOIN audit_salts USING (seq)
    ON CONFLICT DO NOTHING RETURNING seq
  ), unsalted AS (
    DELETE FROM audit_salts USING kept WHERE audit_salts.seq = kept.seq
  )
  UPDATE audit_logs log SET ip = NULL, user_agent = NULL, before = NULL, after = NULL
    FROM doomed WHERE log.id = doomed.id AND log.created_at = doomed.created_at;
  GET DIAGNOSTICS blanked = ROW_COUNT;
  PERFORM set_config('keyward.erasing', 'off', true);
  INSERT INTO audit_person_keys (id, subject, sealed, destroyed_at)
    VALUES (left(encode(sha256(convert_to(new_id, 'UTF8')), 'hex'), 16), 'user:' || person, NULL, now())
    ON CONFLICT (subject) DO UPDATE SET sealed = NULL, destroyed_at = coalesce(audit_person_keys.destroyed_at, now());
  PERFORM keyward_ensure_audit_partition(now());
  INSERT INTO audit_logs (id, created_at, user_id, method, path, status, duration_ms, request_id, service, action,
      object_type, object_ids, object_count, after)
    VALUES (new_id, now(), actor, '-', via, 200, 0, request, 'control', 'users.erase', 'user', ARRAY[person], 1,
      jsonb_build_object('rows', blanked));
  RETURN blanked;
END $$;
