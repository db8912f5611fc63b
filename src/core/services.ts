import { refused } from './begin.ts'
import type { Change } from './changes.ts'
import type { Context } from './context.ts'
import { endSession } from './end.ts'
import { openGenuine } from './genuine.ts'
import { interrupted } from './interrupted.ts'
import { endsWithBrowser, expiryAge, expiryChange } from './lifetime.ts'
import { startOver } from './new-session.ts'
import type { SessionRecord } from './record.ts'
import { alter } from './security.ts'
import type { SessionServices, Unit } from './session.ts'

/** What a session does beyond itself. The context comes late, because it holds these services. */
export function createServices(context: () => Context): SessionServices {
  return {
    now: () => context().policy.clock.now(),
    take: (unit, key) => take(unit, key, context()),
    checkLogin: (unit, subject, since) => checkLogin(unit, subject, since, context()),
    end: (unit, reason) => end(unit, reason, context()),
    setExpiry(unit, expiry) {
      unit.expiry = expiryChange(expiry)
    },
    expiryAge: (unit) => expiryAge(unit, context().policy),
    endsWithBrowser: ({ expiry, origin, record }) =>
      endsWithBrowser(expiry, record && cookieSecondsOf(origin), context().cookie),
  }
}

/** One compare-and-swap decides who gets the value; the store's record is asked, not a copy of it. */
async function take(unit: Unit, key: string, context: Context): Promise<unknown> {
  const { engine, committer, policy } = context
  let taken: unknown
  if (unit.record !== undefined) {
    const { id } = unit.record
    const { seen } = unit.draft
    const removal: Change = {
      kind: 'update',
      key,
      fn(value) {
        taken = value
        return undefined
      },
    }
    const record = await engine.loadFresh(id)
    const amend = (latest: SessionRecord): SessionRecord => {
      if (openGenuine(latest, context) === undefined) throw interrupted(id, context)
      return policy.clock.isSure() ? alter(latest, { seenAt: Math.max(latest.seenAt, unit.arrivedAt) }) : latest
    }
    const outcome =
      record && (await committer.write({ record, changes: [removal], result: undefined, seen, migrated: false, amend }))
    if (outcome === undefined || outcome.kind === 'gone') throw interrupted(id, context)
    unit.draft.rebase(outcome.record)
    unit.record = outcome.record
  }
  // What this very request has put there since and not yet committed.
  const own = unit.draft.get(key)
  unit.draft.delete(key)
  return own ?? taken
}

/** Tells the handler early what the commit will check again, atomically. */
async function checkLogin(
  unit: Unit,
  subject: string,
  since: number | undefined,
  { engine, policy, emit }: Context,
): Promise<void> {
  if (since !== undefined && (await engine.epoch(subject)) !== since) throw refused('epoch', subject, emit)
  const { max, policy: atLimit } = policy.maxPerSubject
  if (max === undefined || atLimit !== 'refuse') return
  const others = (await engine.listBySubject(subject)).filter(({ id }) => id !== unit.record?.id)
  if (others.length >= max) throw refused('max', subject, emit)
}

async function end(unit: Unit, reason: 'logout' | 'flush', context: Context): Promise<{ propagated: boolean }> {
  const id = unit.record?.id ?? idOf(unit.origin)
  const { ended, propagated } =
    id === undefined
      ? { ended: false, propagated: true }
      : await endSession(id, unit.record?.subject ?? null, reason, context)
  startOver(unit, context)
  unit.ended ||= ended
  return { propagated }
}

/** What the request came with, over or not: who asks again whether it has ended is told as much as the first time. */
function idOf(origin: Unit['origin']): string | undefined {
  switch (origin.kind) {
    case 'none':
      return undefined
    case 'dead':
      return origin.id
    case 'live':
      return origin.record.id
  }
}

function cookieSecondsOf(origin: Unit['origin']): number | undefined {
  return origin.kind === 'live' ? origin.security.cookieSeconds : undefined
}
