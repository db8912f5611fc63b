import type { parser } from '@lezer/javascript'
import { isExact, type Scalar } from './entries.ts'

export type Node = ReturnType<(typeof parser)['parse']>['topNode']

export type Evaluated = { readonly value: Scalar } | { readonly problem: string; readonly at: Node }

export const LITERALS = "'text', 1200, true, false or null"

/** The value of a literal of TypeScript. Nothing is looked up and nothing is called. */
export function evaluate(node: Node, text: string): Evaluated {
  const source = text.slice(node.from, node.to)
  switch (node.name) {
    case 'String':
      return stringIn(node, source)
    case 'TemplateString':
      return source.includes('${') ? computed(node) : stringIn(node, source)
    case 'Number':
      return numberIn(node, source)
    case 'BooleanLiteral':
      return { value: source === 'true' }
    case 'null':
      return { value: null }
    case 'UnaryExpression': {
      const number = node.lastChild
      if (!/^[+-]$/.test(text.slice(node.from, node.firstChild?.to)) || number?.name !== 'Number') break
      const result = evaluate(number, text)
      return 'value' in result && source.startsWith('-') ? { value: -Number(result.value) } : result
    }
    case 'VariableName':
      return named(node, source)
  }
  return computed(node)
}

function computed(at: Node): Evaluated {
  return { at, problem: `write a literal here, such as ${LITERALS}: nothing of this file is run` }
}

function named(at: Node, name: string): Evaluated {
  const meant = OTHER_WORDS.get(name)
  return meant === undefined ? computed(at) : { at, problem: `TypeScript writes ${meant}, not ${name}` }
}

const OTHER_WORDS: ReadonlyMap<string, string> = new Map([
  ['True', 'true'],
  ['TRUE', 'true'],
  ['False', 'false'],
  ['FALSE', 'false'],
  ['None', 'null'],
  ['undefined', 'null'],
])

function numberIn(at: Node, source: string): Evaluated {
  const value = Number(source.replaceAll('_', ''))
  const isPlain = !/^0\d|(?:^|\D)_|_(?:\D|$)|n$/i.test(source)
  return isPlain && isExact(value)
    ? { value }
    : { at, problem: 'write a number of 15 plain digits at most, such as 1200' }
}

function stringIn(at: Node, source: string): Evaluated {
  const quote = source.slice(0, 1)
  if (source.length < 2 || !source.endsWith(quote))
    return { at, problem: `this text does not end: ${quote} is missing` }
  let isClear = true
  const value = source.slice(1, -1).replaceAll(ESCAPE, (escape: string, two?: string, four?: string, many?: string) => {
    const digits = two ?? four ?? many
    if (digits === undefined) {
      const sign = escape.slice(1)
      isClear &&= !/^[xu1-9]/.test(sign)
      return ESCAPES.get(sign) ?? sign
    }
    const point = parseInt(digits, 16)
    isClear &&= point <= LAST_POINT
    return isClear ? String.fromCodePoint(point) : ''
  })
  return isClear && value.isWellFormed() ? { value } : { at, problem: 'this text has an escape that means nothing' }
}

const LAST_POINT = 0x10_ff_ff

const ESCAPE = /\\(?:x([\da-f]{2})|u([\da-f]{4})|u\{([\da-f]{1,6})\}|\r\n|[^])/gi

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['b', '\b'],
  ['f', '\f'],
  ['v', '\v'],
  ['0', '\0'],
  ['\n', ''],
  ['\r', ''],
  ['\r\n', ''],
])
