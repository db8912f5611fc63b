import { effectsOf } from './effects.ts'
import { childrenOf, parsePython, type Node } from './grammar.ts'
import { Names, type Assignment, type Computed } from './names.ts'
import { linesOf, type Problem } from './positions.ts'
import { readStatement } from './statement.ts'
import { isText, strictProblems } from './strict.ts'
import { explain, syntaxProblems } from './syntax-problems.ts'

export interface SettingsFile {
  /** Every name that the file is known to set, as it is at its end. */
  readonly settings: ReadonlyMap<string, Assignment>
  /** There when names that are not among them may be set too, by `from .base import *` or the like. */
  readonly others?: Computed
  /** Where it is not the Python that was asked for, in order; what can be read is read all the same. */
  readonly problems: readonly Problem[]
}

export interface SettingsFileOptions {
  /** Everything but comments and `NAME = literal` is a problem. Default false. */
  readonly literalsOnly?: boolean
}

const LONGEST = 262_144
const MOST_PROBLEMS = 20

/**
 * The settings in a Python file, which is read and never run. A value is told only where it stands there as a literal
 * and nothing else in the file may have changed it; every other name is `computed`.
 */
export function parseDjangoSettings(text: string, { literalsOnly = false }: SettingsFileOptions = {}): SettingsFile {
  const lines = linesOf(text.slice(0, LONGEST))
  const only = (from: number, message: string): SettingsFile => ({
    settings: new Map(),
    problems: [lines.problem(from, Math.min(from + 1, text.length), message)],
  })
  if (text.length > LONGEST) return only(0, `a file of settings has ${LONGEST} characters at most`)
  if (text.includes('\0')) return only(text.indexOf('\0'), 'Python reads no file with a null character')
  const parsed = parsePython(text)
  if ('errorAt' in parsed) return only(parsed.errorAt, explain(text, parsed.errorAt))

  const found = [...syntaxProblems(parsed.tree, text)]
  const broken = found.map(({ from }) => lines.lineOf(from))
  const names = new Names()
  let isFirst = true
  let isAfterBroken = false
  for (const statement of statementsOf(parsed.tree.topNode)) {
    const { from, to } = statement
    const [line, end] = [lines.lineOf(from), lines.lineOf(to)]
    isAfterBroken =
      broken.some((other) => other >= line && other <= end) || (isAfterBroken && isIndented(statement, text))
    if (isAfterBroken) {
      names.apply(effectsOf(statement, text), line, 'it is not complete')
      continue
    }
    const refusals = readStatement(statement, line, text, names)
    if (isIndented(statement, text)) found.push({ from, to, message: 'this line begins with spaces; take them away' })
    for (const refusal of refusals) if (literalsOnly || !refusal.isPython) found.push(refusal)
    if (literalsOnly && !(isFirst && isText(statement))) found.push(...strictProblems(statement, text))
    isFirst = false
  }
  const problems = onePerLine(found.map(({ from, to, message }) => lines.problem(from, to, message)))
  return { ...names.result(), problems }
}

/** What a setting is in this file; undefined when the file does not set it. */
export function assignmentOf(file: SettingsFile, name: string): Assignment | undefined {
  return file.settings.get(name) ?? file.others
}

/** In order, with those that share a line one by one. */
function statementsOf(script: Node): Node[] {
  return childrenOf(script)
    .flatMap((node) => (node.name === 'StatementGroup' ? statementsOf(node) : [node]))
    .filter(({ name, type }) => !type.isError && name !== ';')
}

/** Python takes spaces before a statement for a block, and outside of one for a mistake. */
function isIndented(statement: Node, text: string): boolean {
  let start = statement.from
  while (start > 0 && (text[start - 1] === ' ' || text[start - 1] === '\t')) start--
  if (start === statement.from) return false
  return start === 0 || /(?<!\\)(?:\r\n|(?<!\r)\n|\r)$/.test(text.slice(Math.max(0, start - 3), start))
}

function onePerLine(problems: readonly Problem[]): Problem[] {
  const lines = new Map<number, Problem>()
  for (const problem of problems.toSorted((a, b) => a.from - b.from)) {
    if (lines.size < MOST_PROBLEMS && !lines.has(problem.line)) lines.set(problem.line, problem)
  }
  return [...lines.values()]
}
