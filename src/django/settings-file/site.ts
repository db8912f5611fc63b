import { assignmentOf, type SettingsFile } from './parse.ts'

/** What a file says of the site around the sessions. It counts only where they are shared with that site. */
export interface SiteSettings {
  readonly values: ReadonlyMap<string, unknown>
  /** With the reason why running the file alone would tell. */
  readonly computed: ReadonlyMap<string, string>
}

/** Kept aside, because among the settings of sessions these names would be mistakes. */
const known = new WeakMap<object, SiteSettings>()
const NONE: SiteSettings = { values: new Map(), computed: new Map() }

export function siteSettingsOf(settings: object): SiteSettings {
  return known.get(settings) ?? NONE
}

export function rememberSite(settings: object, file: SettingsFile, path: string, names: readonly string[]): void {
  const values = new Map<string, unknown>()
  const computed = new Map<string, string>()
  for (const name of names) {
    const assignment = Object.hasOwn(settings, name) ? undefined : assignmentOf(file, name)
    if (assignment === undefined) continue
    if ('value' in assignment) values.set(name, assignment.value)
    else computed.set(name, `${path} is read, not run (line ${assignment.line}: ${assignment.computed})`)
  }
  known.set(settings, { values, computed })
}
