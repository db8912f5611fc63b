import type { Node, Tree } from './grammar.ts'
import { isClosed, openingOf, unclosed } from './string.ts'

/** A mistake, by its offsets in the text. */
export interface Finding {
  readonly from: number
  readonly to: number
  readonly message: string
}

/** More than are shown, as several may be on one line. */
const ENOUGH = 100

/** Where the text is not Python, and what is missing there, as far as that can be known. */
export function syntaxProblems(tree: Tree, text: string): Finding[] {
  const found: Finding[] = []
  const cursor = tree.cursor()
  const isNews = newsIn(text)
  do {
    if (cursor.type.isError) {
      if (isNews(cursor.node)) found.push(problemAt(cursor.node, text))
    } else if (cursor.name === 'String' && cursor.node.firstChild?.type.isError !== true) {
      const source = text.slice(cursor.from, cursor.to)
      if (!isClosed(source))
        found.push({ from: cursor.from, to: cursor.to, message: unclosed(openingOf(source).quote) })
    }
  } while (found.length < ENOUGH && cursor.next())
  return found
}

/** Whether an error is not just what follows from one before it: at the same place, or the end of broken brackets. */
function newsIn(text: string): (error: Node) => boolean {
  let last = -1
  const owed: string[] = []
  return ({ from, parent }) => {
    if (from === last) return false
    last = from
    const close = CLOSING.get(parent?.firstChild?.name ?? '')
    const closing = text.slice(from, from + 1)
    if (close === undefined && owed.at(-1) === closing) {
      owed.pop()
      return false
    }
    if (close !== undefined && closing !== close && parent?.lastChild?.name !== close) owed.push(close)
    return true
  }
}

/** What is wrong at an offset of which nothing else is known. */
export function explain(text: string, offset: number): string {
  const rest = restOf(text, offset)
  if (rest === '') return 'the file ends before this is complete'
  if (/^[)\]}]/.test(rest)) return `nothing before this ${rest.slice(0, 1)} is open for it to close`
  if (/^[$?!`]/.test(rest)) return `${rest.slice(0, 1)} means nothing in Python`
  if (/^[“”„‘’«»]/.test(rest)) return `${rest.slice(0, 1)} is no quote of Python; use ' or "`
  if (rest.startsWith('//')) return 'a comment begins with # in Python'
  if (rest.startsWith(':=')) return 'write = in place of :='
  return `${nextIn(rest)} is not expected here`
}

function problemAt(error: Node, text: string): Finding {
  const { from, parent, prevSibling: before } = error
  const here = (message: string): Finding => ({
    from,
    to: Math.max(error.to, Math.min(from + 1, text.length)),
    message,
  })
  if (parent?.name === 'String' || parent?.name === 'FormatString') {
    const to = Math.min(parent.from + LONGEST_OPENING, parent.to)
    return { from: parent.from, to, message: unclosed(openingOf(text.slice(parent.from, to)).quote) }
  }
  if (parent === null || before === null) return here(explain(text, from))
  const open = parent.firstChild?.name ?? ''
  const close = CLOSING.get(open)
  if (close !== undefined) return { ...here(''), ...inBrackets(error, parent, before, open, close, text) }
  if (OPERATOR.has(before.name) && error.to === from) {
    return {
      from: before.from,
      to: before.to,
      message: `a value is missing after ${text.slice(before.from, before.to)}`,
    }
  }
  if (COMPOUND.has(parent.name)) return here('a : is missing at the end of this line')
  if (error.to > from) return here(explain(text, from))
  if (before.name === 'ExpressionStatement' && before.firstChild?.name === 'VariableName') {
    const name = text.slice(before.from, before.to).trim()
    return here(before.lastChild?.from === before.from ? `= is missing after ${nextIn(name)}` : explain(text, from))
  }
  if (!before.name.endsWith('Statement')) return here(explain(text, from))
  const rest = restOf(text, from)
  return here(/^(?:$|\/\/|[^\w'"])/.test(rest) ? explain(text, from) : `the line should end before ${nextIn(rest)}`)
}

function inBrackets(
  error: Node,
  parent: Node,
  before: Node,
  open: string,
  close: string,
  text: string,
): Partial<Finding> {
  const next = text.slice(error.from, error.from + 60)
  if (/^[)\]}]/.test(next)) return { message: `${next.slice(0, 1)} does not close this ${open}: write ${close}` }
  const isNextLine = /[\n\r]/.test(text.slice(before.to, error.from))
  const isComplete = parent.lastChild?.name === close
  if (/^['"\w[({-]/.test(next) && (isComplete || !(isNextLine && STATEMENT.test(next)))) {
    const isKey = open === '{' && before.prevSibling?.name !== ':'
    return { message: `${isKey ? 'a : or a comma' : 'a comma'} is missing before this` }
  }
  if (isComplete) return { message: explain(text, error.from) }
  return { from: parent.from, to: parent.from + 1, message: `this ${open} is never closed: its ${close} is missing` }
}

const STATEMENT = /^(?:[a-z_]\w*\s*(?:\+?=|:)|(?:import|from|if|def|class)\s)/i

const CLOSING: ReadonlyMap<string, string> = new Map([
  ['(', ')'],
  ['[', ']'],
  ['{', '}'],
])

/** Two letters and three quotes. */
const LONGEST_OPENING = 5

const OPERATOR = new Set(['AssignOp', 'UpdateOp', 'ArithOp', 'CompareOp', 'BitOp'])

const COMPOUND = new Set(['IfStatement', 'ForStatement', 'WhileStatement', 'TryStatement', 'WithStatement'])

function restOf(text: string, offset: number): string {
  return text.slice(offset, offset + 200).trimStart()
}

/** The next word, or character: too little to be a secret that lacks its quotes. */
function nextIn(rest: string): string {
  return /^(?:[a-z_]{1,20}(?!\w)|[\p{P}\p{S}])/iu.exec(rest)?.[0] ?? 'this'
}
