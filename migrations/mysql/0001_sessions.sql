-- For MySQL 8 and MariaDB 10.6 or newer. Run by `migrateMysql`, or by hand: mysql app < 0001_sessions.sql
-- These servers commit every CREATE at once. What broke off half way can be run again.

-- Which migrations have run. A Holdfast that does not know a breaking one refuses to work with these tables.
CREATE TABLE IF NOT EXISTS holdfast_schema (
  version    INT       NOT NULL PRIMARY KEY,
  breaking   BOOLEAN   NOT NULL,
  applied_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
) ENGINE = InnoDB;

-- One row per session. Of the token's secret it holds a hash: reading this table opens no session.
--
-- A session that ended stays as an empty row for some minutes, without subject, data and security, so that requests
-- that come too late are told the truth. Its absolute limit is 0, so it counts as expired whatever a clock says.
--
-- Use moves seen_at and with it expires_at, many times in a session's life. No index knows these two. What has expired
-- is found by due_at, which use does not move.
--
-- Texts are bytes (UTF-8), so that no collation takes one for another, and no character set of a table or a connection
-- changes them. CONVERT(data USING utf8mb4) shows them.
CREATE TABLE IF NOT EXISTS holdfast_sessions (
  id           VARBINARY(64) NOT NULL PRIMARY KEY,
  revision     BIGINT        NOT NULL,
  subject      VARBINARY(1020),
  data         MEDIUMBLOB    NOT NULL,
  created_at   BIGINT        NOT NULL, -- epoch milliseconds, like every time here
  seen_at      BIGINT        NOT NULL,
  idle_seconds BIGINT        NOT NULL,
  absolute_at  BIGINT        NOT NULL,
  security     BLOB          NOT NULL,
  expires_at   BIGINT        GENERATED ALWAYS AS (LEAST(seen_at + idle_seconds * 1000, absolute_at)) VIRTUAL,
  due_at       BIGINT        NOT NULL, -- when clearing looks at it again: never later than it expires
  ended_at     BIGINT,                 -- null while the session has not been ended
  successor    VARBINARY(64),
  KEY holdfast_sessions_subject (subject, created_at),
  KEY holdfast_sessions_due (due_at)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC;

-- How often a subject was signed out everywhere. A login that began before the last time is refused. Who signs in
-- under a condition holds the row of the subject until that is done, so that it gets one with its first such login.
CREATE TABLE IF NOT EXISTS holdfast_subjects (
  subject VARBINARY(1020) NOT NULL PRIMARY KEY,
  epoch   BIGINT          NOT NULL
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC;

INSERT IGNORE INTO holdfast_schema (version, breaking) VALUES (1, TRUE);
