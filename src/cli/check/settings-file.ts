import { checkSettings } from '../../check/check.ts'
import { CHECKS } from '../../check/checks.ts'
import { HoldfastError } from '../../core/errors.ts'
import { DJANGO_DEFAULTS } from '../../check/judgement.ts'
import { parseDjangoSettings, type SettingsFile } from '../../django/settings-file/parse.ts'
import { readText } from '../../django/settings-file/read.ts'
import type { PythonValue } from '../../django/settings-file/value.ts'
import { suggestion, type Arguments } from '../arguments.ts'
import { UsageError } from '../command.ts'
import { toJson, type Output } from '../output.ts'
import { allHold, printCounts, printFinding, silence } from './findings.ts'

/** Answers the exit code. */
export function checkSettingsFile(path: string, given: Arguments, output: Output): number {
  const { flags, values } = given
  const passed = readPassed(values.get('set') ?? [])
  const findings = silence(checkSettings(readFile(path), passed), given, CHECKS)
  if (flags.has('json')) output.print(toJson({ file: path, ok: allHold(findings), findings }))
  else {
    for (const finding of findings) {
      const { line, found } = finding
      printFinding({ ...finding, found: line === undefined ? found : `${path}:${line}: ${found}` }, 'Write', output)
    }
    printCounts(findings, 'With --set NAME=VALUE you tell what the file computes.', output)
  }
  return allHold(findings) ? 0 : 1
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
