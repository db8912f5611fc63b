import { checkSettings, type Finding } from '../../check/check.ts'
import { HoldfastError } from '../../core/errors.ts'
import { DJANGO_DEFAULTS } from '../../check/judgement.ts'
import { parseDjangoSettings, type SettingsFile } from '../../django/settings-file/parse.ts'
import { readText } from '../../django/settings-file/read.ts'
import type { PythonValue } from '../../django/settings-file/value.ts'
import { readArguments, suggestion } from '../arguments.ts'
import { UsageError, type Command } from '../command.ts'
import { toJson, wrap, type Output, type Style } from '../output.ts'

export const check: Command = {
  summary: "Checks the session settings of a Django project's settings.py.",
  usage: `Usage: holdfast check <settings.py> [--set NAME=VALUE]... [--json]

Tells which of the settings that keep sessions safe hold, and which of Django's
deployment checks security.W010 to W016. The file is read and never run.

  --set NAME=VALUE   What a setting is in production where the file computes
                     it, as Python writes it: --set SESSION_COOKIE_SECURE=True
  --json             Prints the findings as JSON.

Exit code: 0 when all hold, 1 when one fails or cannot be told, 2 when the file
cannot be read or the command is wrong.
`,
  run(args, output) {
    const { positionals, flags, values } = readArguments(args, {
      positionals: ['the path of a settings.py'],
      flags: ['json'],
      values: ['set'],
    })
    const [path = ''] = positionals
    const passed = readPassed(values.get('set') ?? [])
    const findings = checkSettings(readFile(path), passed)
    const isGood = findings.every(({ state }) => state === 'holds')
    if (flags.has('json')) output.print(toJson({ file: path, ok: isGood, findings }))
    else printFindings(path, findings, output)
    return isGood ? 0 : 1
  },
}

function readPassed(given: readonly string[]): Map<string, PythonValue> {
  const passed = new Map<string, PythonValue>()
  for (const text of given) {
    const { settings, problems } = parseDjangoSettings(text, { literalsOnly: true })
    const [problem] = problems
    if (problem !== undefined) throw new UsageError(`--set ${/^\w*/.exec(text)?.[0]}: ${problem.message}`)
    for (const [name, setting] of settings) {
      if (!Object.hasOwn(DJANGO_DEFAULTS, name)) {
        throw new UsageError(`--set ${name}: no check asks for it${suggestion(name, Object.keys(DJANGO_DEFAULTS))}`)
      }
      if ('value' in setting) passed.set(name, setting.value)
    }
  }
  return passed
}

function readFile(path: string): SettingsFile {
  let text: string
  try {
    text = readText(path)
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error
    const { cause } = error
    throw new UsageError(`${path} cannot be read${cause instanceof Error ? `: ${cause.message}` : ''}`)
  }
  const file = parseDjangoSettings(text)
  if (file.problems.length === 0) return file
  const problems = file.problems.map(({ line, column, message }) => `  ${path}:${line}:${column} ${message}`)
  throw new UsageError(`${path} cannot be read as Python:\n${problems.join('\n')}`)
}

const WORDS = { holds: 'holds', fails: 'fails', unknown: 'cannot tell' } as const
const COLOURS = { holds: 'green', fails: 'red', unknown: 'yellow' } as const satisfies Record<string, Style>
const LONGEST_WORD = WORDS.unknown.length

function printFindings(path: string, findings: readonly Finding[], output: Output): void {
  const { print, paint, width } = output
  for (const { id, state, title, found, line, reason, fix } of findings) {
    const word = WORDS[state].padEnd(LONGEST_WORD)
    print(`${paint(COLOURS[state], word)}  ${paint('bold', id)}\n`)
    print(wrap(`${title}.`, width, '  '))
    print(wrap(`${line === undefined ? '' : `${path}:${line}: `}${found}.`, width, '  '))
    if (state !== 'holds') print(`${wrap(`Why: ${reason}`, width, '  ')}  Write: ${paint('bold', fix)}\n`)
    print('\n')
  }
  const count = (state: Finding['state']): number => findings.filter((finding) => finding.state === state).length
  print(`${count('holds')} hold, ${count('fails')} fail, ${count('unknown')} cannot be told.\n`)
  if (count('unknown') > 0) print(wrap('With --set NAME=VALUE you tell what the file computes.', width, ''))
}
