import { findConflicts, rewrite, type Change } from '../../core/changes.ts'
import { EMPTY_JSON } from '../../core/data.ts'
import { HoldfastError } from '../../core/errors.ts'
import { interrupted } from '../../core/interrupted.ts'
import type { Identity, Unit } from '../../core/session.ts'
import { NOTHING } from '../../core/shape.ts'
import { newSessionKey } from '../wire/session-key.ts'
import type { DjangoContext } from './context.ts'
import type { Fresh, Kept } from './engine.ts'
import { expiryOfData } from './expiry.ts'
import { recordOf, type DjangoLive, type DjangoRecord } from './record.ts'

/** A session where there was none. Undefined when there is nothing to keep. */
export async function begin(
  unit: Unit<DjangoLive>,
  identity: Identity,
  changes: readonly Change[],
  context: DjangoContext,
): Promise<DjangoRecord | undefined> {
  const data = rewrite(NOTHING, changes, context.shape, undefined)
  // As in Django a new key is a wish of its own.
  if (identity.kind === 'same' && data === EMPTY_JSON) return undefined
  const kept = await underNewKey(data, (fresh) => context.engine.create(fresh), context)
  if (typeof kept !== 'object') throw new HoldfastError('ERR_STORE', TAKEN)
  return settle(unit, kept, undefined, identity, context)
}

/** A login or a cycle: a new key in one step, the old one dead. */
export async function replace(
  unit: Unit<DjangoLive>,
  record: DjangoRecord,
  identity: Identity,
  changes: readonly Change[],
  context: DjangoContext,
): Promise<DjangoRecord> {
  const { engine, emit, policy, shape } = context
  let base: Kept | undefined = record
  for (let attempt = 0; base !== undefined && attempt < MOST_ATTEMPTS; attempt++) {
    const latest: DjangoRecord = recordOf(base, record.subject)
    const keys = findConflicts(changes, record, latest, shape)
    if (keys.length > 0 && policy.onConflict === 'throw') throw new HoldfastError('ERR_CONFLICT', keys.join(', '))
    const data = rewrite(latest, changes, shape, unit.draft.seen)
    const outcome: Kept | 'exists' | 'stale' | 'gone' = await underNewKey(
      data,
      (fresh) => engine.replace(latest, fresh),
      context,
    )
    if (typeof outcome === 'object') {
      if (keys.length > 0) emit({ type: 'conflict', id: record.id, keys })
      return settle(unit, outcome, record, identity, context)
    }
    if (outcome === 'exists') throw new HoldfastError('ERR_STORE', TAKEN)
    base = outcome === 'stale' ? await engine.loadFresh(record.key) : undefined
  }
  // Giving up, not going on: a login beside the old session would leave the old key alive.
  if (base !== undefined) throw new HoldfastError('ERR_CONTENTION')
  if (identity.kind !== 'login') throw interrupted(record.id, context)
  // The old session ended meanwhile. The password was right all the same: a fresh session, nothing carried over.
  return (await begin(unit, identity, changes, context)) as DjangoRecord // A login always begins a session.
}

/** What is to be stored, with the time it has from now on. */
export function freshOf(key: string, data: string, { rules, shape }: Pick<DjangoContext, 'rules' | 'shape'>): Fresh {
  const { date, ageSeconds } = expiryOfData(data, (json) => shape.codec.parse(json), rules.expiry)
  return { key, data, expireDate: date, ageSeconds }
}

async function underNewKey<Outcome>(
  data: string,
  write: (fresh: Fresh) => Promise<Outcome | 'exists'>,
  context: DjangoContext,
): Promise<Outcome | 'exists'> {
  let outcome: Outcome | 'exists' = 'exists'
  for (let attempt = 0; outcome === 'exists' && attempt < MOST_KEYS; attempt++) {
    outcome = await write(freshOf(newSessionKey(), data, context))
  }
  return outcome
}

const MOST_ATTEMPTS = 50
/** A key is one of 36 ** 32. */
const MOST_KEYS = 3
const TAKEN = 'fresh random keys were taken: is the random generator broken?'

function settle(
  unit: Unit<DjangoLive>,
  kept: Kept,
  before: DjangoRecord | undefined,
  identity: Identity,
  { emit, guesses }: DjangoContext,
): DjangoRecord {
  const subject = identity.kind === 'login' ? identity.subject : (before?.subject ?? null)
  const record = recordOf(kept, subject)
  unit.record = record
  guesses.set(record.key, subject)
  const { id } = record
  if (identity.kind === 'login') {
    emit({ type: 'login', id, subject: identity.subject, replaced: before?.id ?? null })
  } else if (before === undefined) emit({ type: 'created', id })
  else emit({ type: 'cycled', id, subject, replaced: before.id })
  return record
}
