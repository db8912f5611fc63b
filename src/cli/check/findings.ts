import type { Check } from '../../check/checks.ts'
import type { Judgement } from '../../check/judgement.ts'
import { suggestion, type Arguments } from '../arguments.ts'
import { UsageError } from '../command.ts'
import { harmless, wrap, type Output, type Style } from '../output.ts'

/** What every kind of check comes to. */
type Judged = Pick<Check, 'id' | 'title' | 'reason' | 'fix'> & Judgement

/** `silenced`: it does not hold, and whoever asks has decided to live with that. */
export type AnyFinding = Judged | Silenced<Judged>
type Silenced<Finding> = Omit<Finding, 'state'> & { readonly state: 'silenced' }

/** By `--silence`, as in Django by `SILENCED_SYSTEM_CHECKS`. */
export function silence<Finding extends Judged>(
  findings: readonly Finding[],
  { values }: Arguments,
  checks: readonly Pick<Check, 'id'>[],
): (Finding | Silenced<Finding>)[] {
  const silenced = new Set(values.get('silence'))
  const ids = checks.map(({ id }) => id)
  for (const id of silenced) {
    if (!ids.includes(id)) throw new UsageError(`--silence ${id}: there is no such check${suggestion(id, ids)}`)
  }
  return findings.map((finding) =>
    finding.state !== 'holds' && silenced.has(finding.id) ? { ...finding, state: 'silenced' } : finding,
  )
}

export function allHold(findings: readonly AnyFinding[]): boolean {
  return findings.every(({ state }) => state === 'holds' || state === 'silenced')
}

/** `todo` introduces the fix. */
export function printFinding(finding: AnyFinding, todo: 'Write' | 'Fix', { print, paint, width }: Output): void {
  const { id, state, title, found, reason, fix } = finding
  print(`${paint(COLOURS[state], WORDS[state].padEnd(LONGEST_WORD))}  ${paint('bold', id)}\n`)
  print(wrap(`${title}.`, width, '  '))
  print(wrap(`${harmless(found)}.`, width, '  '))
  if (state === 'fails' || state === 'unknown')
    print(`${wrap(`Why: ${reason}`, width, '  ')}  ${todo}: ${paint('bold', fix)}\n`)
  print('\n')
}

export function printCounts(findings: readonly AnyFinding[], howToTell: string, { print, width }: Output): void {
  const count = (state: AnyFinding['state']): number => findings.filter((finding) => finding.state === state).length
  const silenced = count('silenced') === 0 ? '' : `, ${count('silenced')} silenced`
  print(`${count('holds')} hold, ${count('fails')} fail, ${count('unknown')} cannot be told${silenced}.\n`)
  if (count('unknown') > 0) print(wrap(howToTell, width, ''))
}

const WORDS = { holds: 'holds', fails: 'fails', unknown: 'cannot tell', silenced: 'silenced' } as const
const COLOURS = { holds: 'green', fails: 'red', unknown: 'yellow', silenced: 'yellow' } as const satisfies Record<
  string,
  Style
>
const LONGEST_WORD = WORDS.unknown.length
