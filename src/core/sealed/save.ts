import { rewrite } from '../changes.ts'
import { interrupted } from '../interrupted.ts'
import type { Wanted } from '../save.ts'
import { setCookie } from '../set-cookie.ts'
import type { Unit } from '../session.ts'
import { withExpiry } from '../terms.ts'
import type { SealedContext } from './context.ts'
import { writeSealed, type Sealed, type SealedLive } from './sealed-cookie.ts'

/**
 * The session's next cookie. The endings are asked once more: a late response must not bring a session back that ended
 * while its handler worked. What has nothing to save is not worth a failed request.
 */
export async function saveSealed(
  unit: Unit<SealedLive>,
  live: SealedLive,
  wanted: Wanted,
  context: SealedContext,
): Promise<string | undefined> {
  const { endings, emit, cookie, cipher } = context
  const { id } = live.record
  const saving = wanted.changes.length > 0 || wanted.expiry !== undefined
  try {
    const standing = await endings?.standing(live.record, live.security.epoch)
    if (standing !== undefined && standing.kind !== 'alive') {
      if (saving) throw interrupted(id, context)
      return undefined
    }
    const next = amend(live, unit, wanted, standing?.epoch, context)
    const value = writeSealed(next, cookie.name, cipher)
    unit.record = next.record
    return setCookie(value, next, unit.request, context)
  } catch (error) {
    if (saving) throw error
    emit({ type: 'renewal-failed', id, error })
    return undefined
  }
}

function amend(
  { record, security }: SealedLive,
  { arrivedAt, draft }: Unit<SealedLive>,
  { changes, expiry, migrated }: Wanted,
  epoch: number | undefined,
  { policy, shape }: SealedContext,
): Sealed {
  const saving = changes.length > 0 || expiry !== undefined
  // To leave an old key behind is no save: where expiry counts from the last save it moves nothing.
  const counts = policy.clock.isSure() && (saving || policy.expiry !== 'since-save')
  const seenAt = counts ? Math.max(record.seenAt, arrivedAt) : record.seenAt
  const data = changes.length > 0 || migrated ? rewrite(record, changes, shape, draft.seen) : record.data
  const { idleSeconds } = policy
  return withExpiry({ ...record, seenAt, data }, { ...security, epoch: epoch ?? security.epoch }, expiry, idleSeconds)
}
