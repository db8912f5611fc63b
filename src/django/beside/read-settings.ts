import { cookieOf, problemsOfCookie } from './cookie.ts'
import type { SharedParts } from './extras.ts'
import { entriesOf, readNamed, refuse } from '../read-settings.ts'
import { siteSettingsOf } from '../settings-file/site.ts'
import {
  problemOfCache,
  problemOfSharedName,
  SHARED_SETTINGS,
  engineOf,
  type SharedSettings,
  type SharedValues,
} from './settings.ts'

/** Every setting with its value or Django's default; of a `settings.py` that was read, the settings of the site too. */
export function readSharedSettings(settings: SharedSettings, { cache }: Pick<SharedParts, 'cache'>): SharedValues {
  const given = entriesOf(settings)
  const { values: literal, computed } = siteSettingsOf(settings)
  for (const [name, value] of literal) if (!given.has(name)) given.set(name, value)
  const { values, problems } = readNamed<SharedValues>(given, SHARED_SETTINGS, problemOfSharedName)
  problems.push(...problemsOfCookie(cookieOf(values)))
  const engine = engineOf(values)
  const usesCache = engine === 'cached_db' || engine === 'cache'
  if (usesCache && cache === undefined) {
    problems.push(`SESSION_ENGINE '${engine}' needs the cache that Django has; pass it: cache: djangoRedis(client)`)
  }
  const unshared = usesCache ? problemOfCache(values) : undefined
  if (unshared !== undefined) problems.push(unshared)
  if (!usesCache && cache !== undefined) {
    problems.push(`SESSION_ENGINE '${engine}' uses no cache, yet one is given; leave it out`)
  }
  const unused = new Set([...(usesCache ? [] : ['CACHES']), ...(values.USE_TZ ? ['TIME_ZONE'] : [])])
  for (const [name, why] of computed) {
    if (!given.has(name) && !unused.has(name)) problems.push(`${name} is not known: ${why}; pass it with the settings`)
  }
  refuse(problems)
  return values
}
