import type { Language } from '../shared/api.ts'
import type { Entry, Scalar } from './entries.ts'

/** The same settings as a file of either language. */
export function writeSettings(entries: readonly Entry[]): Readonly<Record<Language, string>> {
  const python = entries.map(({ name, value }) => `${name} = ${inPython(value)}\n`)
  const typescript = entries.map(({ name, value }) => `  ${name}: ${inTypeScript(value)},\n`)
  return { python: python.join(''), typescript: [HEAD, ...typescript, TAIL].join('') }
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
