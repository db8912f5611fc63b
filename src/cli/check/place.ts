import { checkParts, PART_CHECKS, type PartFinding } from '../../check/check-parts.ts'
import type { InspectedPart } from '../../index.ts'
import { suggestion, type Arguments } from '../arguments.ts'
import { UsageError } from '../command.ts'
import { inPlace } from '../find-place.ts'
import { harmless, toJson, wrap, type Output } from '../output.ts'
import type { Place } from '../place.ts'
import { allHold, printCounts, printFinding, silence, type AnyFinding } from './findings.ts'

/** Answers the exit code. */
export function checkPlace(given: Arguments, output: Output): Promise<number> {
  return inPlace(given, async (place) => {
    const parts = await inspect(place)
    const judged = checkParts(parts, readPassed(given.values.get('set') ?? [], parts))
    const findings = silence(judged, given, PART_CHECKS)
    if (given.flags.has('json')) output.print(toJson({ ok: allHold(findings), findings }))
    else printFindings(findings, place, output)
    return allHold(findings) ? 0 : 1
  })
}

/** A store names what failed. What a cache throws comes from its client. */
async function inspect(place: Place): Promise<readonly InspectedPart[]> {
  try {
    return await place.inspect()
  } catch (error) {
    if (!(error instanceof Error) || error instanceof UsageError || 'fix' in error) throw error
    throw new UsageError(`a server cannot be asked: ${error.message}`)
  }
}

function readPassed(given: readonly string[], parts: readonly InspectedPart[]): Map<string, string> {
  const names = parts.flatMap(({ settings }) => Object.keys(settings))
  return new Map(
    given.map((text) => {
      const [, name = '', value] = /^([^=]*)=(.*)$/s.exec(text) ?? [text, text]
      if (value === undefined) throw new UsageError(`--set ${name}: = and a value are missing`)
      if (!names.includes(name)) throw new UsageError(`--set ${name}: nothing here has it${suggestion(name, names)}`)
      return [name, value]
    }),
  )
}

function printFindings(
  findings: readonly (AnyFinding & Pick<PartFinding, 'role' | 'system'>)[],
  { isConfigured }: Place,
  output: Output,
): void {
  const { print, paint, width } = output
  let heading = ''
  for (const finding of findings) {
    const next = `${ROLES[finding.role]}: ${harmless(finding.system)}`
    if (next !== heading) print(`${paint('bold', next)}\n\n`)
    heading = next
    printFinding(finding, 'Fix', output)
  }
  printCounts(findings, 'With --set NAME=VALUE you tell what a server does not say.', output)
  if (!isConfigured) print(wrap(ALONE, width, ''))
}

const ROLES = {
  sessions: 'The application',
  store: 'The store',
  forgetful: 'The store, which may forget',
  endings: 'The endings',
  cache: 'The cache',
} as const satisfies Record<InspectedPart['role'], string>

const ALONE = 'By --url only the store was looked at: not the application, and not its cache.'
