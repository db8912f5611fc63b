import { entriesOf, readNamed, refuse } from '../read-settings.ts'
import { siteSettingsOf } from '../settings-file/site.ts'
import { problemOfSharedName, SHARED_SETTINGS, engineOf, type SharedSettings, type SharedValues } from './settings.ts'

/** Every setting with its value or Django's default; of a `settings.py` that was read, the settings of the site too. */
export function readSharedSettings(settings: SharedSettings): SharedValues {
  const given = entriesOf(settings)
  const { values: literal, computed } = siteSettingsOf(settings)
  for (const [name, value] of literal) if (!given.has(name)) given.set(name, value)
  const { values, problems } = readNamed<SharedValues>(given, SHARED_SETTINGS, problemOfSharedName)
  const usesCache = ['cached_db', 'cache'].includes(engineOf(values))
  const unused = new Set([...(usesCache ? [] : ['CACHES']), ...(values.USE_TZ ? ['TIME_ZONE'] : [])])
  for (const [name, why] of computed) {
    if (!given.has(name) && !unused.has(name)) problems.push(`${name} is not known: ${why}; pass it with the settings`)
  }
  refuse(problems)
  return values
}
