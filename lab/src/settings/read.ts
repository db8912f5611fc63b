import type { Problem, Reading, Source } from '../shared/api.ts'
import { problemAt, type Entry, type Settings } from './entries.ts'
import { readPython } from './python.ts'
import { refusalOf } from './rules.ts'
import { readTypeScript } from './typescript.ts'
import { writeSettings } from './write.ts'

/** More than anybody writes by hand, and little enough to be parsed while they type. */
export const LONGEST_TEXT = 4096

/** The settings in a text, or what is wrong with it, line by line. Nothing of it is run. */
export function readSettings({ language, text }: Source): { settings: Settings | undefined; reading: Reading } {
  const { entries, problems, hasComments } = language === 'python' ? readPython(text) : readTypeScript(text)
  const refusals = entries.flatMap((entry) => {
    const refusal = refusalOf(entry)
    return refusal === undefined ? [] : [problemAt(text, entry.from, entry.to, refusal)]
  })
  const all = onePerLine([...refusals, ...problems])
  if (all.length > 0) return { settings: undefined, reading: { problems: all, texts: undefined, losesComments: false } }
  return {
    settings: settingsOf(entries),
    reading: { problems: [], texts: writeSettings(entries), losesComments: hasComments },
  }
}

function settingsOf(entries: readonly Entry[]): Settings {
  return Object.fromEntries(entries.map(({ name, value }) => [name, value]))
}

/** The first that was found of each line, in the order of lines. */
function onePerLine(problems: readonly Problem[]): Problem[] {
  const lines = new Map<number, Problem>()
  for (const problem of problems) if (!lines.has(problem.line)) lines.set(problem.line, problem)
  return [...lines.values()].toSorted((a, b) => a.from - b.from).slice(0, MOST_PROBLEMS)
}

const MOST_PROBLEMS = 20
