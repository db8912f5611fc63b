import type { Check } from '../../check/checks.ts'
import type { Judgement } from '../../check/judgement.ts'
import { harmless, wrap, type Output, type Style } from '../output.ts'

/** What every kind of check comes to. */
export type AnyFinding = Pick<Check, 'id' | 'title' | 'reason' | 'fix'> & Judgement

export function allHold(findings: readonly AnyFinding[]): boolean {
  return findings.every(({ state }) => state === 'holds')
}

/** `todo` introduces the fix. */
export function printFinding(finding: AnyFinding, todo: 'Write' | 'Fix', { print, paint, width }: Output): void {
  const { id, state, title, found, reason, fix } = finding
  print(`${paint(COLOURS[state], WORDS[state].padEnd(LONGEST_WORD))}  ${paint('bold', id)}\n`)
  print(wrap(`${title}.`, width, '  '))
  print(wrap(`${harmless(found)}.`, width, '  '))
  if (state !== 'holds') print(`${wrap(`Why: ${reason}`, width, '  ')}  ${todo}: ${paint('bold', fix)}\n`)
  print('\n')
}

export function printCounts(findings: readonly AnyFinding[], howToTell: string, { print, width }: Output): void {
  const count = (state: AnyFinding['state']): number => findings.filter((finding) => finding.state === state).length
  print(`${count('holds')} hold, ${count('fails')} fail, ${count('unknown')} cannot be told.\n`)
  if (count('unknown') > 0) print(wrap(howToTell, width, ''))
}

const WORDS = { holds: 'holds', fails: 'fails', unknown: 'cannot tell' } as const
const COLOURS = { holds: 'green', fails: 'red', unknown: 'yellow' } as const satisfies Record<string, Style>
const LONGEST_WORD = WORDS.unknown.length
