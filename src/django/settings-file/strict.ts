import type { Node } from './grammar.ts'
import { assignmentIn } from './statement.ts'
import type { Finding } from './syntax-problems.ts'

/** What a statement has that is no `NAME = literal`, the literal aside. */
export function strictProblems(statement: Node, text: string): Finding[] {
  const { from, to } = statement
  const parts = assignmentIn(statement, text)
  if (parts === undefined) return [{ from, to, message: meantBy(statement, text) }]
  const small = parts.targets.find((name) => !/^[A-Z][A-Z\d_]*$/.test(name))
  if (small === undefined) return []
  const message = `Django reads names in capital letters only: ${small.toUpperCase().slice(0, 30)} = …`
  return [{ from, to, message }]
}

/** How a statement that is no assignment would be one. */
function meantBy(statement: Node, text: string): string {
  if (statement.name === 'PassStatement') return 'only comments and NAME = value are allowed here'
  const code = text.slice(statement.from, Math.min(statement.to, statement.from + 200))
  const [, name = '', sign = ''] = /^(\w{1,30})\s*(==|:|$)/.exec(code) ?? []
  if (name === '') return 'only comments and NAME = value are allowed here'
  return sign === '' ? `= and a value are missing: ${name} = …` : `write ${name} = …, with = in place of ${sign}`
}

/** A docstring. */
export function isText({ name, firstChild }: Node): boolean {
  return name === 'ExpressionStatement' && (firstChild?.name === 'String' || firstChild?.name === 'ContinuedString')
}
