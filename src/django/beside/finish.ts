import type { Change } from '../../core/changes.ts'
import { unitToCommit, type Outgoing } from '../../core/finish.ts'
import { interrupted } from '../../core/interrupted.ts'
import { readHeader } from '../../core/request.ts'
import type { AnySession, Identity, Unit } from '../../core/session.ts'
import type { DjangoContext } from './context.ts'
import { expiryOfData } from './expiry.ts'
import { PROVED_AT, USER_HASH } from './names.ts'
import { recordOf, type DjangoLive, type DjangoRecord } from './record.ts'
import { begin, replace } from './write.ts'

/**
 * Commits what the request did to its session, by the algorithm of Django's middleware. With a status of 500 or more
 * nothing is written and no cookie set; logouts and flushes have already happened and stay.
 */
export function finishDjango(
  session: AnySession,
  status: number,
  context: DjangoContext,
): Outgoing | Promise<Outgoing> {
  const unit = unitToCommit<DjangoLive>(session)
  const { record } = unit
  const { saveEveryRequest } = context.rules
  const failed = status >= 500
  if (!unit.accessed && (failed || !saveEveryRequest || record === undefined)) {
    return { touched: false, setCookie: undefined }
  }
  if (failed) return record === undefined ? nothing(unit, context) : SEEN
  const { identity } = unit
  const changes = changesOf(unit)
  if (record === undefined) {
    return begin(unit, identity, changes, context).then((begun) =>
      begun === undefined ? nothing(unit, context) : cookieFor(begun, context),
    )
  }
  if (identity.kind !== 'same') {
    return replace(unit, record, identity, changes, context).then((replaced) => cookieFor(replaced, context))
  }
  const { newHash } = unit.origin.kind === 'live' ? unit.origin : OLD
  if (newHash !== undefined) return rehash(unit, record, newHash, changes, context)
  if (changes.length > 0 || unit.draft.migrated || saveEveryRequest) return save(unit, record, changes, context)
  return SEEN
}

function changesOf({ draft, identity, arrivedAt }: Unit<DjangoLive>): readonly Change[] {
  const changes = draft.changes()
  if (identity.kind !== 'cycle' || !identity.reauthenticated) return changes
  return [...changes, { kind: 'set', key: PROVED_AT, json: String(arrivedAt) }]
}

/** The hash of an earlier `SECRET_KEY` is replaced, as in Django under a new session key. Alone it is worth no failure. */
async function rehash(
  unit: Unit<DjangoLive>,
  record: DjangoRecord,
  newHash: string,
  changes: readonly Change[],
  context: DjangoContext,
): Promise<Outgoing> {
  const change: Change = { kind: 'set', key: USER_HASH, json: JSON.stringify(newHash) }
  try {
    const identity: Identity = { kind: 'cycle', reauthenticated: false }
    return cookieFor(await replace(unit, record, identity, [change, ...changes], context), context)
  } catch (error) {
    if (changes.length > 0) throw error
    context.emit({ type: 'renewal-failed', id: record.id, error })
    return SEEN
  }
}

async function save(
  unit: Unit<DjangoLive>,
  record: DjangoRecord,
  changes: readonly Change[],
  context: DjangoContext,
): Promise<Outgoing> {
  const { draft } = unit
  const { migrated } = draft
  const result = changes.length > 0 || migrated ? draft.result() : undefined
  // A save begins the session's time anew, also where its data stays as it was.
  const amend = (latest: DjangoRecord): DjangoRecord => recordOf(latest, latest.subject)
  const outcome = await context.committer.write({ record, changes, result, seen: draft.seen, migrated, amend })
  if (outcome.kind === 'gone') {
    if (changes.length > 0) throw interrupted(record.id, context)
    return SEEN
  }
  unit.record = outcome.record
  return cookieFor(outcome.record, context)
}

function cookieFor({ key, data }: DjangoRecord, { cookie, rules, shape }: DjangoContext): Outgoing {
  const { ageSeconds, atBrowserClose } = expiryOfData(data, (json) => shape.codec.parse(json), rules.expiry)
  return { touched: true, setCookie: cookie.write(key, atBrowserClose ? undefined : ageSeconds) }
}

/**
 * No session. As in Django a cookie that leads to none is taken away. But a request that a page made beside others may
 * be late, and the cookie another one by now: that of a login.
 */
function nothing({ origin, request }: Unit<DjangoLive>, { cookie }: DjangoContext): Outgoing {
  const isLate = (readHeader(request, 'sec-fetch-mode') ?? 'navigate') !== 'navigate'
  const remove = origin.kind === 'live' || (origin.kind === 'dead' && !isLate)
  return { touched: true, setCookie: remove ? cookie.remove() : undefined }
}

export function isEmpty({ record, identity, draft }: Unit<DjangoLive>): boolean {
  return record === undefined && identity.kind === 'same' && draft.keys().length === 0
}

const OLD = { newHash: undefined }
const SEEN: Outgoing = { touched: true, setCookie: undefined }
