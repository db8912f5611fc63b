import { effectsOf } from './effects.ts'
import { childrenOf, nameIn, type Node } from './grammar.ts'
import { evaluate, items, type Evaluated } from './literal.ts'
import type { Names } from './names.ts'
import { combined } from './number.ts'
import type { Finding } from './syntax-problems.ts'

/** What is wrong with the value of an assignment. `isPython` false: Python would refuse the file for it. */
export type Refusal = Finding & { readonly isPython: boolean }

/** Carries out one statement, as far as that can be done without running it. */
export function readStatement(statement: Node, line: number, text: string, names: Names): Refusal[] {
  const assignment = assignmentIn(statement, text)
  if (assignment === undefined) {
    names.apply(effectsOf(statement, text), line, WHY.get(statement.name) ?? 'it is set together with others')
    const { firstChild: target } = statement
    if (!ASSIGNMENTS.has(statement.name) || target === null || !LITERAL_TARGETS.has(target.name)) return []
    const message = 'only a name can stand before =, and it has no quotes'
    return [{ from: target.from, to: target.to, message, isPython: false }]
  }
  const { targets, operator, values } = assignment
  const evaluated = operator === '=' ? valueIn(values, text) : added(targets, operator, values, text, names)
  if ('literal' in evaluated) {
    names.set(targets, evaluated.literal, line)
    return []
  }
  const why = 'computed' in evaluated ? evaluated.computed : evaluated.problem
  names.apply(effectsOf(statement, text), line, why)
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
export function assignmentIn(statement: Node, text: string): AssignmentParts | undefined {
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
      targets.push(nameIn(target, text))
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
  if (old === undefined) return { computed: 'it adds to a value that is not known here' }
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
  ['DecoratedStatement', 'it is a function or a class'],
  ['TypeDefinition', 'it is a type'],
  ['ExpressionStatement', 'it is set inside an expression'],
])
