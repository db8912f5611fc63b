import { effectsOf } from './effects.ts'
import { childrenOf, parsePython, type Node } from './grammar.ts'
import { evaluate, items, type Evaluated } from './literal.ts'
import { Names, type Assignment, type Computed } from './names.ts'
import { combined } from './number.ts'
import { linesOf, type Problem } from './positions.ts'
import { explain, syntaxProblems, type Finding } from './syntax-problems.ts'

export interface SettingsFile {
  /** Every name that the file sets, as it is at its end. */
  readonly settings: ReadonlyMap<string, Assignment>
  /** There when names that are not among them may be set all the same, by `from .base import *` or the like. */
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
    const [line, end] = [lines.lineOf(statement.from), lines.lineOf(statement.to)]
    isAfterBroken =
      broken.some((other) => other >= line && other <= end) || (isAfterBroken && isIndented(statement, text))
    if (isAfterBroken) {
      names.apply(effectsOf([statement], text), line, 'it is not complete')
      continue
    }
    const refusals = read(statement, line, text, names)
    if (isIndented(statement, text)) found.push(at(statement, 'this line begins with spaces; take them away'))
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

/** `isPython` false: Python would refuse the file for it. */
type Refusal = Finding & { readonly isPython: boolean }

/** Carries out one statement, as far as that can be done without running it. */
function read(statement: Node, line: number, text: string, names: Names): Refusal[] {
  const effects = effectsOf([statement], text)
  const assignment = assignmentIn(statement, text)
  if (assignment === undefined) {
    names.apply(effects, line, WHY.get(statement.name) ?? 'it is set together with others')
    const { firstChild: target } = statement
    if (!ASSIGNMENTS.has(statement.name) || target === null || !LITERAL_TARGETS.has(target.name)) return []
    return [{ ...at(target, 'only a name can stand before =, and it has no quotes'), isPython: false }]
  }
  const { targets, operator, values } = assignment
  const evaluated = operator === '=' ? valueIn(values, text) : added(targets, operator, values, text, names)
  if ('literal' in evaluated) {
    for (const name of targets) {
      const old = operator === '=' ? undefined : names.literalOf(name)
      if (old !== undefined) names.change(old, line)
      names.set(name, { literal: evaluated.literal, line })
    }
    return []
  }
  const why = 'computed' in evaluated ? evaluated.computed : evaluated.problem
  names.apply(effects, line, why)
  if ('problem' in evaluated) return [{ ...evaluated, message: evaluated.problem, isPython: false }]
  const [first, last] = [values[0] ?? statement, values.at(-1) ?? statement]
  return [
    { from: first.from, to: last.to, message: `write a literal here, such as ${LITERALS}: ${why}`, isPython: true },
  ]
}

const ASSIGNMENTS = new Set(['AssignStatement', 'UpdateStatement'])
const LITERAL_TARGETS = new Set([
  'String',
  'FormatString',
  'ContinuedString',
  'Number',
  'Boolean',
  'None',
  'CallExpression',
])

const LITERALS = "'text', 1200, True, False, None or ['a', 'b']"

interface AssignmentParts {
  readonly targets: readonly string[]
  readonly operator: string
  readonly values: readonly Node[]
}

/** `A = 1`, `A: int = 1`, `A = B = 1`, `A += ['x']`; undefined for what sets anything but plain names. */
function assignmentIn(statement: Node, text: string): AssignmentParts | undefined {
  if (!ASSIGNMENTS.has(statement.name)) return undefined
  const targets: string[] = []
  let operator = ''
  let part: Node[] = []
  for (const child of childrenOf(statement)) {
    if (child.name === 'TypeDef') continue
    if (child.name !== 'AssignOp' && child.name !== 'UpdateOp') part.push(child)
    else {
      const [target] = part
      if (part.length !== 1 || target?.name !== 'VariableName') return undefined
      targets.push(text.slice(target.from, target.to))
      operator = text.slice(child.from, child.to)
      part = []
    }
  }
  return operator === '' ? undefined : { targets, operator, values: part }
}

/** `1, 2` is a tuple, and so is `1,`. */
function valueIn(values: readonly Node[], text: string): Evaluated {
  const [value] = values
  if (value === undefined || value.type.isError) return { computed: 'it has no value' }
  return values.length === 1 ? evaluate(value, text) : items('tuple', values, (part) => evaluate(part, text, 1))
}

function added(
  [name = '']: readonly string[],
  operator: string,
  values: readonly Node[],
  text: string,
  names: Names,
): Evaluated {
  const [old, value] = [names.literalOf(name), valueIn(values, text)]
  if (old === undefined) return { computed: `it adds to a value that is not known here` }
  if (!('literal' in value)) return value
  const sum = combined(old, operator.slice(0, -1), value.literal)
  return 'problem' in sum ? { computed: sum.problem } : sum
}

const WHY: ReadonlyMap<string, string> = new Map([
  ['IfStatement', 'it is set inside an if'],
  ['ForStatement', 'it is set inside a loop'],
  ['WhileStatement', 'it is set inside a loop'],
  ['TryStatement', 'it is set inside a try'],
  ['WithStatement', 'it is set inside a with'],
  ['MatchStatement', 'it is set inside a match'],
  ['ImportStatement', 'it is imported'],
  ['DeleteStatement', 'it is deleted'],
  ['FunctionDefinition', 'it is a function'],
  ['ClassDefinition', 'it is a class'],
])

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
  return start < statement.from && (start === 0 || /[\n\r]/.test(text[start - 1] ?? ''))
}

function strictProblems(statement: Node, text: string): Finding[] {
  const parts = assignmentIn(statement, text)
  if (parts === undefined) return [at(statement, meantBy(statement, text))]
  const small = parts.targets.find((name) => !/^[A-Z][A-Z\d_]*$/.test(name))
  if (small === undefined) return []
  return [at(statement, `Django reads names in capital letters only: ${small.toUpperCase().slice(0, 30)} = …`)]
}

/** How a statement that is no assignment would be one. */
function meantBy(statement: Node, text: string): string {
  if (statement.name === 'PassStatement') return 'only comments and NAME = value are allowed here'
  const code = text.slice(statement.from, Math.min(statement.to, statement.from + 200))
  const [, name = '', sign = ''] = /^(\w{1,30})\s*(==|:|$)/.exec(code) ?? []
  if (name === '') return 'only comments and NAME = value are allowed here'
  return sign === '' ? `= and a value are missing: ${name} = …` : `write ${name} = …, with = in place of ${sign}`
}

function isText({ name, firstChild }: Node): boolean {
  return name === 'ExpressionStatement' && (firstChild?.name === 'String' || firstChild?.name === 'ContinuedString')
}

function at({ from, to }: Node, message: string): Finding {
  return { from, to, message }
}

function onePerLine(problems: readonly Problem[]): Problem[] {
  const lines = new Map<number, Problem>()
  for (const problem of problems.toSorted((a, b) => a.from - b.from)) {
    if (lines.size < MOST_PROBLEMS && !lines.has(problem.line)) lines.set(problem.line, problem)
  }
  return [...lines.values()]
}
