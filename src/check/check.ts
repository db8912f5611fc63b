import { assignmentOf, type SettingsFile } from '../django/settings-file/parse.ts'
import type { PythonValue } from '../django/settings-file/value.ts'
import { CHECKS, type Check } from './checks.ts'
import { DJANGO_DEFAULTS, type Judgement, type Known, type SettingName } from './judgement.ts'

/** A check, and what it came to in these settings. */
export type Finding = Pick<Check, 'id' | 'title' | 'reason' | 'fix'> & Judgement

/**
 * Holds the settings of a file against every check, in the order of `CHECKS`.
 *
 * @param passed Settings in place of those of the file.
 */
export function checkSettings(file: SettingsFile, passed: ReadonlyMap<string, PythonValue> = new Map()): Finding[] {
  const look = (name: SettingName): Known => {
    const value = passed.get(name)
    if (value !== undefined) return { name, value, note: 'passed in' }
    const assignment = assignmentOf(file, name)
    return assignment === undefined
      ? { name, value: DJANGO_DEFAULTS[name], note: "Django's default" }
      : { name, ...assignment }
  }
  return CHECKS.map(({ id, title, reason, fix, judge }) => ({ id, title, reason, fix, ...judge(look) }))
}
