import { parser } from '@lezer/javascript'
import type { Problem } from '../shared/api.ts'
import { parseBounded, TOO_TANGLED } from './bounded.ts'
import { problemAt, unreadable, type Entries, type Entry } from './entries.ts'
import { evaluate, LITERALS, type Node } from './literal.ts'

const TYPESCRIPT = parser.configure({ dialect: 'ts' })

/**
 * A `settings.ts`: `export const settings = { NAME: literal }`, `export const NAME = literal`, comments, and imports of
 * types. It is parsed, never run.
 */
export function readTypeScript(text: string): Entries {
  const parsed = parseBounded(TYPESCRIPT, text)
  if ('stoppedAt' in parsed) return unreadable(text, parsed.stoppedAt, TOO_TANGLED)
  const { tree } = parsed
  const entries: Entry[] = []
  const problems: Problem[] = []
  let hasComments = false
  const refuse = ({ from, to }: Span, message: string): void => {
    if (problems.length < MOST_PROBLEMS) problems.push(problemAt(text, from, to, message))
  }

  const add = (name: Node, value: Node): void => {
    const key = keyOf(name, text)
    const result = evaluate(value, text)
    if (key === undefined) refuse(name, 'write the name of a setting here, such as SESSION_COOKIE_AGE')
    else if (entries.some((entry) => entry.name === key)) refuse(name, `${key} is there twice`)
    else if ('problem' in result) {
      // Under its name all the same: that may be what is refused first.
      refuse(result.at, result.problem)
      entries.push({ name: key, value: null, from: name.from, to: value.to })
    } else entries.push({ name: key, value: result.value, from: name.from, to: value.to })
  }

  const readProperty = (property: Node): void => {
    const [key, colon, value, ...more] = childrenOf(property)
    if (key === undefined || colon?.name !== ':' || value === undefined || more.length > 0) {
      return refuse(property, `write NAME: value here, with a literal such as ${LITERALS}`)
    }
    add(key, value)
  }

  const readStatement = (statement: Node): void => {
    if (statement.name === ';' || isTypeImport(statement, text)) return
    const declared = declarationIn(statement, text)
    if (declared === undefined) return refuse(statement, ALLOWED)
    const value = withoutTypes(declared.value)
    if (value.name !== 'ObjectExpression') {
      if (declared.name === undefined) return refuse(statement, ALLOWED)
      return add(declared.name, value)
    }
    for (const property of childrenOf(value)) if (property.name === 'Property') readProperty(property)
  }

  tree.iterate({
    enter: (node) => {
      hasComments ||= COMMENTS.has(node.name)
      if (!node.type.isError) return
      const end = Math.max(node.to, Math.min(node.from + 1, text.length))
      refuse({ from: node.from, to: end }, 'this is not complete, or something is missing before it')
    },
  })
  for (const statement of childrenOf(tree.topNode)) readStatement(statement)
  return { entries, problems, hasComments }
}

const ALLOWED = 'only comments, export const settings = { … } and export const NAME = value are allowed here'
/** Nobody mends more at once. */
const MOST_PROBLEMS = 50
const COMMENTS = new Set(['LineComment', 'BlockComment'])

interface Span {
  readonly from: number
  readonly to: number
}

interface Declaration {
  /** Undefined for `export default`. */
  readonly name: Node | undefined
  readonly value: Node
}

/** `const NAME = value`, exported or not, and `export default value`. */
function declarationIn(statement: Node, text: string): Declaration | undefined {
  const [first, second, third] = childrenOf(statement)
  if (statement.name === 'ExportDeclaration') {
    if (second?.name === 'default' && third !== undefined) return { name: undefined, value: third }
    return second?.name === 'VariableDeclaration' ? declarationIn(second, text) : undefined
  }
  if (statement.name !== 'VariableDeclaration' || first?.name !== 'const') return undefined
  const parts = childrenOf(statement).filter(({ name }) => name !== 'TypeAnnotation' && name !== ';')
  const [, name, equals, value, ...more] = parts
  if (name?.name !== 'VariableDefinition' || equals?.name !== 'Equals' || value === undefined) return undefined
  return more.length === 0 ? { name, value } : undefined
}

/** `value satisfies Type`, `value as const` and `(value)` are the value. */
function withoutTypes(value: Node): Node {
  for (;;) {
    const [first, second] = childrenOf(value)
    const inner = value.name === 'ParenthesizedExpression' ? second : first
    const isTyped = second?.name === 'satisfies' || second?.name === 'as'
    if (inner === undefined || !(isTyped || value.name === 'ParenthesizedExpression')) return value
    value = inner
  }
}

function isTypeImport(statement: Node, text: string): boolean {
  return statement.name === 'ImportDeclaration' && /^import\s+type\b/.test(text.slice(statement.from, statement.to))
}

function keyOf(key: Node, text: string): string | undefined {
  const name = text.slice(key.from, key.to).replace(/^(['"])(.*)\1$/s, '$2')
  return /^[A-Z][A-Z\d_]*$/.test(name) ? name : undefined
}

/** Comments and mistakes are looked at elsewhere. */
function childrenOf(node: Node): Node[] {
  const children: Node[] = []
  for (let child = node.firstChild; child !== null; child = child.nextSibling) {
    if (!COMMENTS.has(child.name) && !child.type.isError) children.push(child)
  }
  return children
}
