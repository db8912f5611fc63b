import type { Language } from '../shared/api.ts'
import type { Entry, Scalar, Settings } from './entries.ts'

/** The same settings as a file of either language. */
export function writeSettings(entries: readonly Named[]): Readonly<Record<Language, string>> {
  const python = entries.map(({ name, value }) => `${name} = ${inPython(value)}\n`)
  return { python: python.join(''), typescript: HEAD + properties(entries) + TAIL }
}

/** The program that makes Holdfast's sessions from them. */
export function writeSessions(settings: Settings): string {
  const entries = Object.entries(settings).map(([name, value]) => ({ name, value }))
  return `import { sessionsFromSettings } from 'holdfast/django'

export const sessions = sessionsFromSettings({
  SECRET_KEY: process.env.SECRET_KEY ?? '',
${properties(entries)}})
`
}

type Named = Pick<Entry, 'name' | 'value'>

function properties(entries: readonly Named[]): string {
  return entries.map(({ name, value }) => `  ${name}: ${inTypeScript(value)},\n`).join('')
}

const HEAD = "import type { DjangoSettings } from 'holdfast/django'\n\nexport const settings = {\n"
const TAIL = '} satisfies Partial<DjangoSettings>\n'

function inPython(value: Scalar): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  return value === null ? 'None' : inTypeScript(value)
}

function inTypeScript(value: Scalar): string {
  return typeof value === 'string' ? quoted(value) : String(value)
}

/** JSON's escapes mean the same in both languages. */
function quoted(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}
