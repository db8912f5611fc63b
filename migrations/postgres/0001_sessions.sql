-- Run by `migratePostgres`, or by hand in one transaction: psql -1 -f 0001_sessions.sql
-- Everything lands in the first schema of the search path.

-- Which migrations have run. A Holdfast that does not know a breaking one refuses to work with these tables.
CREATE TABLE holdfast_schema (
  version    integer     NOT NULL PRIMARY KEY,
  breaking   boolean     NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now()
);

INSERT INTO holdfast_schema (version, breaking) VALUES (1, true);

-- One row per session. Of the token's secret it holds a hash: reading this table opens no session.
--
-- A session that ended stays as an empty row for some minutes, without subject, data and security, so that requests
-- that come too late are told the truth. Its absolute limit is 0, so it counts as expired whatever a clock says.
--
-- Use moves seen_at and with it expires_at, many times in a session's life. No index knows these two, so PostgreSQL
-- writes the new version beside the old one and touches no index (a HOT update; the fill factor leaves it room).
-- What has expired is found by due_at, which use does not move.
CREATE TABLE holdfast_sessions (
  id           text   COLLATE "C" NOT NULL PRIMARY KEY,
  revision     bigint NOT NULL,
  subject      text   COLLATE "C",
  data         text   NOT NULL,
  created_at   bigint NOT NULL,  -- epoch milliseconds, like every time here
  seen_at      bigint NOT NULL,
  idle_seconds bigint NOT NULL,
  absolute_at  bigint NOT NULL,
  security     text   NOT NULL,
  expires_at   bigint NOT NULL GENERATED ALWAYS AS (least(seen_at + idle_seconds * 1000, absolute_at)) STORED,
  due_at       bigint NOT NULL,  -- when clearing looks at it again: never later than it expires
  ended_at     bigint,           -- null while the session has not been ended
  successor    text   COLLATE "C"
) WITH (fillfactor = 90);

CREATE INDEX holdfast_sessions_subject ON holdfast_sessions (subject, created_at) WHERE subject IS NOT NULL;
CREATE INDEX holdfast_sessions_due ON holdfast_sessions (due_at);

-- How often a subject was signed out everywhere. A login that began before the last time is refused.
CREATE TABLE holdfast_subjects (
  subject text   COLLATE "C" NOT NULL PRIMARY KEY,
  epoch   bigint NOT NULL
);

-- The time of this server, or of the clock that a test brings.
CREATE FUNCTION holdfast_now(clock bigint) RETURNS bigint LANGUAGE sql VOLATILE AS
  'SELECT coalesce(clock, (extract(epoch FROM clock_timestamp()) * 1000)::bigint)';

-- Until the transaction ends, nobody else begins guarded sessions of this subject or ends them all. What such a
-- transaction counts after this must be what is there now, and under REPEATABLE READ it would be what was there before
-- it waited.
CREATE FUNCTION holdfast_lock_subject(subject text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'Holdfast needs the isolation level READ COMMITTED, not %', current_setting('transaction_isolation');
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('holdfast subject ' || subject, 0));
END
$$;

-- Begins a session that has a guard, or takes the place of another one, or both.
--
-- A function, because what was locked must be looked at after it was locked: one statement sees only what was committed
-- when it began, and each statement in here what was committed when that one began. Sessions are locked in the order of
-- their ids, here and everywhere, so that nobody waits in a circle. The plans do not depend on the arguments, so they are
-- made once for each connection.
CREATE FUNCTION holdfast_begin(
  new_id text, new_revision bigint, new_subject text, new_data text, new_created_at bigint, new_seen_at bigint,
  new_idle_seconds bigint, new_absolute_at bigint, new_security text, new_due_at bigint,
  old_id text, old_revision bigint, guard_max bigint, guard_refuses boolean, guard_epoch bigint, clock bigint,
  OUT outcome text, OUT evicted text[]
) LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  this_moment    bigint;
  found_revision bigint;
  others         text[];
  ended          text[];
BEGIN
  evicted := '{}';
  IF guard_max IS NOT NULL OR guard_epoch IS NOT NULL THEN
    PERFORM holdfast_lock_subject(new_subject);
  END IF;
  this_moment := holdfast_now(clock);

  IF guard_epoch <> coalesce((SELECT epoch FROM holdfast_subjects WHERE subject = new_subject), 0) THEN
    outcome := 'epoch';
    RETURN;
  END IF;
  IF guard_max IS NOT NULL THEN
    others := ARRAY(
      SELECT id FROM holdfast_sessions
      WHERE subject = new_subject AND expires_at > this_moment AND id IS DISTINCT FROM old_id
      ORDER BY created_at, id
    );
    IF guard_refuses AND cardinality(others) >= guard_max THEN
      outcome := 'max';
      RETURN;
    END IF;
    evicted := others[1:cardinality(others) + 1 - guard_max];
  END IF;

  PERFORM FROM holdfast_sessions WHERE id = ANY (array_append(evicted, old_id)) ORDER BY id FOR UPDATE;
  IF old_id IS NOT NULL THEN
    SELECT revision INTO found_revision FROM holdfast_sessions WHERE id = old_id AND expires_at > this_moment;
    IF found_revision IS DISTINCT FROM old_revision THEN
      outcome := CASE WHEN found_revision IS NULL THEN 'gone' ELSE 'stale' END;
      RETURN;
    END IF;
  END IF;

  INSERT INTO holdfast_sessions
    (id, revision, subject, data, created_at, seen_at, idle_seconds, absolute_at, security, due_at)
  VALUES
    (new_id, new_revision, new_subject, new_data, new_created_at, new_seen_at, new_idle_seconds, new_absolute_at,
     new_security, new_due_at)
  ON CONFLICT (id) DO NOTHING;
  IF NOT FOUND THEN
    outcome := 'exists';
    RETURN;
  END IF;

  WITH dead AS (
    UPDATE holdfast_sessions
    SET subject = NULL, data = '', security = '', absolute_at = 0, due_at = this_moment, ended_at = this_moment,
        successor = CASE id WHEN old_id THEN new_id END
    WHERE id = ANY (array_append(evicted, old_id)) AND expires_at > this_moment
    RETURNING id
  )
  SELECT array_agg(id) INTO ended FROM dead;
  -- Oldest first, without those that somebody else ended meanwhile.
  evicted := ARRAY(SELECT id FROM unnest(evicted) WITH ORDINALITY AS e (id, age) WHERE id = ANY (ended) ORDER BY age);
  outcome := 'created';
END
$$;

-- Ends all sessions of a subject but one, raises the subject's epoch, and answers the ids that died.
CREATE FUNCTION holdfast_end_subject(whose text, spared text, clock bigint) RETURNS SETOF text LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  this_moment bigint;
BEGIN
  PERFORM holdfast_lock_subject(whose);
  this_moment := holdfast_now(clock);
  INSERT INTO holdfast_subjects (subject, epoch) VALUES (whose, 1)
    ON CONFLICT (subject) DO UPDATE SET epoch = holdfast_subjects.epoch + 1;
  PERFORM FROM holdfast_sessions
    WHERE subject = whose AND id IS DISTINCT FROM spared AND expires_at > this_moment
    ORDER BY id FOR UPDATE;
  RETURN QUERY
    UPDATE holdfast_sessions
    SET subject = NULL, data = '', security = '', absolute_at = 0, due_at = this_moment, ended_at = this_moment
    WHERE subject = whose AND id IS DISTINCT FROM spared AND expires_at > this_moment
    RETURNING id;
END
$$;
