import { refused } from '../begin.ts'
import { endsWithBrowser, expiryAge, expiryChange } from '../lifetime.ts'
import { startOver } from '../new-session.ts'
import type { SessionServices, Unit } from '../session.ts'
import type { SealedContext } from './context.ts'
import { endSealed } from './end.ts'
import { refusal, withoutEndings } from './refusals.ts'
import type { SealedLive } from './sealed-cookie.ts'

/** What a session does beyond itself. The context comes late, because it holds these services. */
export function createSealedServices(context: () => SealedContext): SessionServices<SealedLive> {
  return {
    now: () => context().policy.clock.now(),
    take: () => Promise.reject(refusal('take() gives a value once, and a copy of the cookie would give it again')),
    checkLogin: (_, subject, since) => checkLogin(subject, since, context()),
    end: (unit, reason) => end(unit, reason, context()),
    setExpiry(unit, expiry) {
      unit.expiry = expiryChange(expiry)
    },
    expiryAge: (unit) => expiryAge(unit, context().policy),
    endsWithBrowser: ({ expiry, origin, record }) =>
      endsWithBrowser(expiry, record && cookieSecondsOf(origin), context().cookie),
  }
}

/** Tells the handler early what the commit will check again. */
async function checkLogin(subject: string, since: number | undefined, { endings, emit }: SealedContext): Promise<void> {
  if (since === undefined) return
  if (endings === undefined) throw withoutEndings('login() with since')
  if ((await endings.epoch(subject)) !== since) throw refused('epoch', subject, emit)
}

async function end(
  unit: Unit<SealedLive>,
  reason: 'logout' | 'flush',
  context: SealedContext,
): Promise<{ propagated: boolean }> {
  const { ended, propagated } = await endWhatCame(unit, reason, context)
  startOver(unit, context)
  unit.ended ||= ended
  return { propagated }
}

async function endWhatCame(
  { record, origin }: Unit<SealedLive>,
  reason: 'logout' | 'flush',
  context: SealedContext,
): Promise<{ ended: boolean; propagated: boolean }> {
  if (record !== undefined) return endSealed(record, reason, context)
  if (origin.kind === 'live') return endSealed(origin.record, reason, context) // Ended before, by this very request.
  if (origin.kind !== 'dead' || context.endings === undefined) return { ended: false, propagated: true }
  // This cookie is over, but each has deadlines of its own: a newer one of the same session may be good.
  const { id, subject = null, absoluteAt = 0 } = origin
  return endSealed({ id, subject, absoluteAt }, reason, context)
}

function cookieSecondsOf(origin: Unit<SealedLive>['origin']): number | undefined {
  return origin.kind === 'live' ? origin.security.cookieSeconds : undefined
}
