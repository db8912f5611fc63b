import { ENDING_SECONDS } from '../../core/record.ts'
import type { Statement } from './ask.ts'
import { COLUMNS } from './row.ts'

// Each verb is one statement and so one round trip and one transaction. They are written for READ COMMITTED: a statement
// that waited for another transaction goes on with what that one left.

export const INSERT = statement(
  'insert',
  `INSERT INTO holdfast_sessions (${COLUMNS}, due_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
   ON CONFLICT (id) DO NOTHING RETURNING id`,
)

export const BEGIN = statement(
  'begin',
  `SELECT outcome, evicted FROM
   holdfast_begin($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
)

/**
 * Each id is looked up by itself, in the index and in one partition. Behind a SELECT the planner cannot count them;
 * otherwise it would plan anew for every call, which costs more than the call.
 */
export const FIND = statement(
  'find',
  `SELECT found.* FROM unnest((SELECT $1::text[])) AS asked (id) CROSS JOIN LATERAL (
     SELECT ${COLUMNS} FROM holdfast_sessions WHERE id = asked.id AND expires_at > holdfast_now($2) LIMIT 1
   ) AS found`,
)

/** The lock makes the second look see what is there now, after the update waited for somebody's delete. */
export const UPDATE = statement(
  'update',
  `WITH written AS (
     UPDATE holdfast_sessions
     SET revision = $3, data = $4, seen_at = greatest(seen_at, $5), idle_seconds = $6, security = $7,
         due_at = least(due_at, $5::bigint + $6::bigint * 1000)
     WHERE id = $1 AND revision = $2 AND expires_at > holdfast_now($8)
     RETURNING id
   )
   SELECT CASE
     WHEN EXISTS (SELECT FROM written) THEN 'updated'
     WHEN EXISTS (
       SELECT FROM holdfast_sessions WHERE id = $1 AND expires_at > holdfast_now($8) FOR SHARE
     ) THEN 'stale'
     ELSE 'gone' END AS outcome`,
)

/**
 * Answers the ids that live. Locks in the order of the ids, so that two of these never wait in a circle. The arrays are
 * behind a SELECT as above.
 */
export const TOUCH = statement(
  'touch',
  `WITH locked AS (
     SELECT session.id, touch.seen_at
     FROM unnest((SELECT $1::text[]), (SELECT $2::bigint[])) AS touch (id, seen_at) JOIN holdfast_sessions AS session USING (id)
     ORDER BY session.id FOR NO KEY UPDATE OF session
   )
   UPDATE holdfast_sessions AS session SET seen_at = greatest(session.seen_at, locked.seen_at) FROM locked
   WHERE session.id = locked.id AND session.expires_at > holdfast_now($3)
   RETURNING session.id`,
)

export const DELETE = statement(
  'delete',
  `UPDATE holdfast_sessions
   SET subject = NULL, data = '', security = '', absolute_at = 0, due_at = holdfast_now($2), ended_at = holdfast_now($2)
   WHERE id = $1 AND expires_at > holdfast_now($2)
   RETURNING id`,
)

export const LIST = statement(
  'list',
  `SELECT ${COLUMNS} FROM holdfast_sessions WHERE subject = $1 AND expires_at > holdfast_now($2) ORDER BY created_at, id`,
)

export const END_SUBJECT = statement('end_subject', 'SELECT id FROM holdfast_end_subject($1, $2, $3) AS id')

export const NOW = statement('now', 'SELECT holdfast_now($1) AS now')

export const EPOCH = statement('epoch', 'SELECT epoch FROM holdfast_subjects WHERE subject = $1')

export const FIND_ENDING = statement(
  'find_ending',
  `SELECT successor FROM holdfast_sessions WHERE id = $1 AND ended_at > holdfast_now($2) - ${ENDING_SECONDS * 1000}`,
)

/**
 * Looks at those that are due: deletes what has expired, and puts off what was used since. Answers how many it looked
 * at, and how many sessions it deleted that nobody had ended.
 */
export const CLEAR = statement(
  'clear',
  `WITH long_ago AS (
     SELECT holdfast_now($2) - ${5 * 60 * 1000} AS moment
   ), due AS (
     SELECT id, expires_at <= (SELECT moment FROM long_ago) AS expired FROM holdfast_sessions
     WHERE due_at <= (SELECT moment FROM long_ago) ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED
   ), cleared AS (
     DELETE FROM holdfast_sessions AS session USING due WHERE session.id = due.id AND due.expired
     RETURNING session.ended_at
   ), put_off AS (
     UPDATE holdfast_sessions AS session SET due_at = session.expires_at FROM due
     WHERE session.id = due.id AND NOT due.expired
   )
   SELECT (SELECT count(*) FROM due) AS seen, (SELECT count(*) FROM cleared WHERE ended_at IS NULL) AS cleared`,
)

function statement(name: string, text: string): Statement {
  return { name: `holdfast_${name}`, text: text.replaceAll(/\s+/g, ' ') }
}
