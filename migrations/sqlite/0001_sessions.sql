-- One row per session. Of the token's secret it holds a hash: reading this table opens no session.
CREATE TABLE holdfast_sessions (
  id           TEXT    NOT NULL PRIMARY KEY,
  revision     INTEGER NOT NULL,
  subject      TEXT,
  data         TEXT    NOT NULL,
  created_at   INTEGER NOT NULL,  -- epoch milliseconds, like every time here
  seen_at      INTEGER NOT NULL,
  idle_seconds INTEGER NOT NULL,
  absolute_at  INTEGER NOT NULL,
  security     TEXT    NOT NULL,
  expires_at   INTEGER NOT NULL GENERATED ALWAYS AS (min(seen_at + idle_seconds * 1000, absolute_at)) VIRTUAL
) STRICT;

CREATE INDEX holdfast_sessions_subject ON holdfast_sessions (subject, created_at) WHERE subject IS NOT NULL;
CREATE INDEX holdfast_sessions_expires ON holdfast_sessions (expires_at);

-- How often a subject was signed out everywhere. A login that began before the last time is refused.
CREATE TABLE holdfast_subjects (
  subject TEXT    NOT NULL PRIMARY KEY,
  epoch   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- How sessions ended within the last minute, so that requests that come too late are told the truth.
CREATE TABLE holdfast_endings (
  id        TEXT    NOT NULL PRIMARY KEY,
  successor TEXT,
  ended_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX holdfast_endings_ended ON holdfast_endings (ended_at);

-- What changed last and who did it, so that the caches of other processes can drop it. Kept short; only the oldest
-- rows are ever deleted, so no number comes twice.
CREATE TABLE holdfast_changes (
  seq    INTEGER NOT NULL PRIMARY KEY,
  id     TEXT    NOT NULL,
  writer TEXT    NOT NULL
) STRICT;
