import type { InspectedPart } from '../core/inspection.ts'
import type { Judgement } from './judgement.ts'
import type { Look, PartCheck } from './parts/judge.ts'
import { MYSQL_CHECKS } from './parts/mysql.ts'
import { POSTGRES_CHECKS } from './parts/postgres.ts'
import { REDIS_CHECKS } from './parts/redis.ts'
import { SESSION_CHECKS } from './parts/sessions.ts'
import { SQLITE_CHECKS } from './parts/sqlite.ts'

export const PART_CHECKS: readonly PartCheck[] = [
  ...SESSION_CHECKS,
  ...POSTGRES_CHECKS,
  ...MYSQL_CHECKS,
  ...REDIS_CHECKS,
  ...SQLITE_CHECKS,
]

/** A check, what it came to, and in which part. */
export type PartFinding = Pick<PartCheck, 'id' | 'title' | 'reason' | 'fix'> &
  Judgement & {
    readonly role: InspectedPart['role']
    readonly system: string
  }

/**
 * Holds what the parts of an engine say of themselves against every check that concerns them.
 *
 * @param passed What settings are whose part would not say.
 */
export function checkParts(
  parts: readonly InspectedPart[],
  passed: ReadonlyMap<string, string> = new Map(),
): PartFinding[] {
  return parts.flatMap((part) => {
    const { role, system } = part
    const look: Look = (name) => {
      const said = part.settings[name] ?? null
      const given = passed.get(name)
      return said === null && given !== undefined ? { value: given, note: 'passed in' } : { value: said }
    }
    return PART_CHECKS.filter(({ concerns }) => concerns(part)).map(({ id, title, reason, fix, judge }) => ({
      role,
      system,
      id,
      title,
      reason,
      fix,
      ...judge(look, parts),
    }))
  })
}
