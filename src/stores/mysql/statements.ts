import { ENDING_SECONDS } from '../../core/record.ts'
import { COLUMNS } from './row.ts'

/**
 * The time of this server, or of the clock that a test brings. In UTC, because a local time comes twice when the clocks
 * go back.
 */
const NOW = `COALESCE(CAST(? AS SIGNED), TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6)) DIV 1000)`
const LONG_AGO = `${NOW} - ${5 * 60 * 1000}`

/** Many ids in one parameter. First in a STRAIGHT_JOIN, it decides in which order rows are locked: ours. */
const IDS = "JSON_TABLE(?, '$[*]' COLUMNS (id VARBINARY(64) PATH '$')) AS many"
const TOUCHES = "JSON_TABLE(?, '$[*]' COLUMNS (id VARBINARY(64) PATH '$[0]', seen_at BIGINT PATH '$[1]')) AS touch"

/** The session is ended: what is left of it says so, and nothing else. */
const ENDED = `subject = NULL, data = '', security = '', absolute_at = 0, due_at = ${NOW}, ended_at = ${NOW}`

export const INSERT = `INSERT INTO holdfast_sessions (${COLUMNS}, due_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

export const FIND = `SELECT ${COLUMNS} FROM holdfast_sessions WHERE id = ? AND expires_at > ${NOW}`

export const UPDATE = `UPDATE holdfast_sessions
  SET revision = ?, data = ?, seen_at = GREATEST(seen_at, ?), idle_seconds = ?, security = ?, due_at = LEAST(due_at, ?)
  WHERE id = ? AND revision = ? AND expires_at > ${NOW}`

export const TOUCH = `UPDATE ${TOUCHES} STRAIGHT_JOIN holdfast_sessions AS session ON session.id = touch.id
  SET session.seen_at = GREATEST(session.seen_at, touch.seen_at)
  WHERE session.expires_at > ${NOW}`

export const LIVE_AMONG = `SELECT session.id
  FROM ${IDS} STRAIGHT_JOIN holdfast_sessions AS session ON session.id = many.id
  WHERE session.expires_at > ${NOW}`

export const END = `UPDATE holdfast_sessions SET ${ENDED}, successor = ? WHERE id = ? AND expires_at > ${NOW}`

export const END_FOR = `${END} AND revision = ?`

export const LIST = `SELECT ${COLUMNS} FROM holdfast_sessions
  WHERE subject = ? AND expires_at > ${NOW} ORDER BY created_at, id`

export const WHAT_TIME = `SELECT ${NOW} AS now`

export const EPOCH = 'SELECT epoch FROM holdfast_subjects WHERE subject = ?'

/** Nobody else begins guarded sessions of this subject, or ends them all, until the transaction is over. */
export const LOCK_SUBJECT = `INSERT INTO holdfast_subjects (subject, epoch) VALUES (?, 0)
  ON DUPLICATE KEY UPDATE epoch = epoch`

export const RAISE_EPOCH = `INSERT INTO holdfast_subjects (subject, epoch) VALUES (?, 1)
  ON DUPLICATE KEY UPDATE epoch = epoch + 1`

/** The first look of its transaction, and after the lock: so it sees what is there now, under REPEATABLE READ too. */
export const SURVEY = `SELECT whose.epoch, session.id
  FROM holdfast_subjects AS whose LEFT JOIN holdfast_sessions AS session
    ON session.subject = whose.subject AND session.expires_at > ${NOW} AND NOT (session.id <=> ?)
  WHERE whose.subject = ? ORDER BY session.created_at, session.id`

export const LOCK_SESSIONS = `SELECT id FROM holdfast_sessions FORCE INDEX (holdfast_sessions_subject)
  WHERE subject = ? AND expires_at > ${NOW} AND NOT (id <=> ?) FOR UPDATE`

export const END_ALL = `UPDATE ${IDS} STRAIGHT_JOIN holdfast_sessions AS session ON session.id = many.id SET ${ENDED}`

export const FIND_ENDING = `SELECT successor FROM holdfast_sessions
  WHERE id = ? AND ended_at > ${NOW} - ${ENDING_SECONDS * 1000}`

/** By its index, because whatever is read on the way is locked. */
export const LOCK_DUE = `SELECT id, expires_at <= ${LONG_AGO} AS expired, ended_at IS NOT NULL AS ended
  FROM holdfast_sessions FORCE INDEX (holdfast_sessions_due)
  WHERE due_at <= ${LONG_AGO} ORDER BY due_at LIMIT ? FOR UPDATE SKIP LOCKED`

export const REMOVE = `DELETE session FROM ${IDS} STRAIGHT_JOIN holdfast_sessions AS session ON session.id = many.id`

export const PUT_OFF = `UPDATE ${IDS} STRAIGHT_JOIN holdfast_sessions AS session ON session.id = many.id
  SET session.due_at = session.expires_at`
