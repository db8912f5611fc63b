import { childrenOf, type Node } from './grammar.ts'
import { combined, negated, readNumber } from './number.ts'
import { readString } from './string.ts'
import type { Literal } from './value.ts'

/** What an expression is: a value that stands in the file, one that only running it would tell, or no Python. */
export type Evaluated =
  | { readonly literal: Literal }
  | { readonly computed: string }
  | { readonly problem: string; readonly from: number; readonly to: number }

const DEEPEST = 100

/** The value of an expression that is a literal, however deep. Nothing is looked up and nothing is called. */
export function evaluate(node: Node, text: string, depth = 0): Evaluated {
  if (depth > DEEPEST) return { computed: `it is nested deeper than ${DEEPEST} levels` }
  const source = (part: Node): string => text.slice(part.from, part.to)
  const inner = (part: Node): Evaluated => evaluate(part, text, depth + 1)
  switch (node.name) {
    case 'Number':
      return at(node, readNumber(source(node)))
    case 'String':
      return at(node, readString(source(node)))
    case 'FormatString':
      return node.firstChild !== null && node.getChild('FormatReplacement') !== null
        ? { computed: 'it is an f-string with fields' }
        : at(node, readString(source(node)))
    case 'ContinuedString':
      return joined(node, childrenOf(node).map(inner))
    case 'Boolean':
      return { literal: { type: 'constant', value: source(node) === 'True' } }
    case 'None':
      return { literal: { type: 'constant', value: null } }
    case 'ParenthesizedExpression': {
      const [, expression, close] = childrenOf(node)
      return expression === undefined || close?.name !== ')' ? unknown(node, text) : inner(expression)
    }
    case 'ArrayExpression':
      return items('list', childrenOf(node).slice(1, -1), inner)
    case 'TupleExpression':
      return items('tuple', childrenOf(node).slice(1, -1), inner)
    case 'SetExpression':
      return items('set', childrenOf(node).slice(1, -1), inner)
    case 'DictionaryExpression':
      return entries(childrenOf(node).slice(1, -1), inner)
    case 'UnaryExpression': {
      const [operator, operand] = childrenOf(node)
      if (operator === undefined || operand === undefined || !/^[+-]$/.test(source(operator))) break
      const value = inner(operand)
      if (!('literal' in value)) return value
      const negative = negated(value.literal)
      if (negative === undefined) return { computed: `it uses ${source(operator)} on other than a number` }
      return { literal: source(operator) === '-' ? negative : value.literal }
    }
    case 'BinaryExpression': {
      const [left, operator, right] = childrenOf(node)
      if (left === undefined || operator?.name !== 'ArithOp' || right === undefined) break
      const [a, b] = [inner(left), inner(right)]
      if (!('literal' in a)) return a
      if (!('literal' in b)) return b
      return at(node, combined(a.literal, source(operator), b.literal))
    }
    case 'VariableName':
      return named(node, source(node))
  }
  return unknown(node, text)
}

/** The parts between brackets: commas, and values. */
export function items(
  type: 'list' | 'tuple' | 'set',
  parts: readonly Node[],
  evaluateItem: (part: Node) => Evaluated,
): Evaluated {
  const found: Literal[] = []
  for (const part of parts) {
    if (part.name === ',') continue
    if (part.name === '*') return { computed: 'it unpacks another value with *' }
    const item = evaluateItem(part)
    if (!('literal' in item)) return item
    if (type === 'set' && !isKey(item.literal)) return { computed: 'it is a set of other than strings and numbers' }
    found.push(item.literal)
  }
  return { literal: { type, items: found } }
}

function entries(parts: readonly Node[], evaluatePart: (part: Node) => Evaluated): Evaluated {
  const found: (readonly [Literal, Literal])[] = []
  const rest = parts.filter(({ name }) => name !== ',' && name !== ':')
  if (rest.some(({ name }) => name === '**')) return { computed: 'it unpacks another dict with **' }
  for (let index = 0; index < rest.length; index += 2) {
    const [keyPart, valuePart] = [rest[index], rest[index + 1]]
    if (keyPart === undefined || valuePart === undefined) return { computed: 'it is no whole dict' }
    const [key, value] = [evaluatePart(keyPart), evaluatePart(valuePart)]
    if (!('literal' in key)) return key
    if (!('literal' in value)) return value
    if (!isKey(key.literal)) return { computed: 'it is a dict with keys other than strings and numbers' }
    found.push([key.literal, value.literal])
  }
  return { literal: { type: 'dict', entries: found } }
}

function isKey({ type }: Literal): boolean {
  return type === 'string' || type === 'int' || type === 'float' || type === 'constant'
}

/** `'a' 'b'`: one string. */
function joined(node: Node, parts: readonly Evaluated[]): Evaluated {
  let text = ''
  const bytes: Uint8Array[] = []
  let strings = 0
  for (const part of parts) {
    if (!('literal' in part)) return part
    if (part.literal.type === 'bytes') bytes.push(part.literal.value)
    if (part.literal.type === 'string') {
      text += part.literal.value
      strings++
    }
  }
  if (bytes.length === 0) return { literal: { type: 'string', value: text } }
  if (strings > 0) return { problem: 'a string and bytes cannot be joined', from: node.from, to: node.to }
  return { literal: { type: 'bytes', value: Uint8Array.from(Buffer.concat(bytes)) } }
}

const PYTHON_WORDS: ReadonlyMap<string, string> = new Map([
  ['true', 'True'],
  ['TRUE', 'True'],
  ['false', 'False'],
  ['FALSE', 'False'],
  ['none', 'None'],
  ['null', 'None'],
  ['undefined', 'None'],
])

function named(node: Node, name: string): Evaluated {
  if (/[“”„‘’«»`´]/.test(name)) {
    return { problem: `${name.slice(0, 1)} is no quote of Python; use ' or "`, from: node.from, to: node.to }
  }
  const meant = PYTHON_WORDS.get(name)
  if (meant !== undefined) return { computed: `it uses the name ${name}; Python writes ${meant}` }
  return { computed: name.length > LONGEST_SHOWN ? 'it uses a name' : `it uses the name ${name}` }
}

function unknown(node: Node, text: string): Evaluated {
  const what = KINDS.get(node.name)
  if (what !== undefined) return { computed: what }
  if (node.name === 'CallExpression' || node.name === 'MemberExpression') {
    const what = /^[\w.]{1,30}(?=[([]|$)/.exec(text.slice(node.from, Math.min(node.to, node.from + 100)))?.[0]
    if (node.name === 'CallExpression')
      return { computed: what === undefined ? 'it calls a function' : `it calls ${what}()` }
    return { computed: what === undefined ? 'it takes a part of another value' : `it uses ${what}` }
  }
  return { computed: 'it is an expression, not a literal' }
}

const KINDS: ReadonlyMap<string, string> = new Map([
  ['ConditionalExpression', 'it depends on a condition'],
  ['LambdaExpression', 'it is a function'],
  ['ArrayComprehensionExpression', 'it is a comprehension'],
  ['SetComprehensionExpression', 'it is a comprehension'],
  ['DictionaryComprehensionExpression', 'it is a comprehension'],
  ['ComprehensionExpression', 'it is a comprehension'],
  ['Ellipsis', 'it is an ellipsis'],
  ['AwaitExpression', 'it waits for another value'],
  ['YieldExpression', 'it waits for another value'],
])

/** A key that lacks its quotes reads as a name, and keys are longer. */
const LONGEST_SHOWN = 30

type Part = { readonly literal: Literal } | { readonly computed: string } | { readonly problem: string }

function at(node: Node, read: Part): Evaluated {
  return 'problem' in read ? { problem: read.problem, from: node.from, to: node.to } : read
}
