import type { Node, Tree } from './grammar.ts'
import { isClosed, openingOf, unclosed } from './string.ts'

interface Finding {
  readonly from: number
  readonly to: number
  readonly message: string
}

/** Where the text is not Python, and what is missing there, as far as that can be known. */
export function* syntaxProblems(tree: Tree, text: string): Generator<Finding> {
  const cursor = tree.cursor()
  let found = 0
  do {
    if (cursor.type.isError) {
      yield explained(cursor.node, text)
      if (++found === ENOUGH) return
    } else if (cursor.name === 'String' && cursor.node.firstChild?.type.isError !== true) {
      const source = text.slice(cursor.from, cursor.to)
      if (!isClosed(source)) yield { from: cursor.from, to: cursor.to, message: unclosed(openingOf(source).quote) }
    }
  } while (cursor.next())
}

/** More than are shown, as several may be on one line. */
const ENOUGH = 100

/** What is wrong at an offset of which nothing else is known. */
export function explain(text: string, offset: number): string {
  const rest = /^\s*(\S{0,20})/.exec(text.slice(offset, offset + 200))?.[1] ?? ''
  if (rest === '') return 'the file ends before this is complete'
  if (/^[)\]}]/.test(rest)) return `nothing before this ${rest.slice(0, 1)} is open for it to close`
  if (/^[$?!`]/.test(rest)) return `${rest.slice(0, 1)} means nothing in Python`
  if (/^[“”„‘’«»]/.test(rest)) return `${rest.slice(0, 1)} is no quote of Python; use ' or "`
  if (rest.startsWith('//')) return 'a comment begins with # in Python'
  return `${shown(rest)} is not expected here`
}

function explained(error: Node, text: string): Finding {
  const { from, parent, prevSibling: before } = error
  const to = Math.max(error.to, Math.min(from + 1, text.length))
  const here = (message: string): Finding => ({ from, to, message })

  if (parent?.name === 'String' || parent?.name === 'FormatString') {
    const { quote } = openingOf(text.slice(parent.from, parent.from + 6))
    return { from: parent.from, to: Math.min(parent.from + 3, parent.to), message: unclosed(quote) }
  }
  const open = parent?.firstChild?.name ?? ''
  const close = CLOSING.get(open)
  if (parent !== null && close !== undefined && parent.lastChild?.name !== close && before !== null) {
    const next = /^[^\S\n\r]*(\S?)/.exec(text.slice(from, from + 200))?.[1] ?? ''
    if (/['"\w[({-]/.test(next)) return here('a comma is missing before this')
    return { from: parent.from, to: parent.from + 1, message: `this ${open} is never closed: its ${close} is missing` }
  }
  if (error.to > from) return here(explain(text, from))
  if (before !== null && /^(?:Assign|Update)Op$/.test(before.name)) {
    return {
      from: before.from,
      to: before.to,
      message: `a value is missing after ${text.slice(before.from, before.to)}`,
    }
  }
  if (before?.name === 'ExpressionStatement' && before.firstChild?.name === 'VariableName') {
    return here(`= is missing after ${shown(text.slice(before.from, before.to))}`)
  }
  if (before !== null && before.name.endsWith('Statement')) {
    const rest = /\S{1,20}/.exec(text.slice(from, from + 200))?.[0] ?? ''
    if (rest.startsWith('//')) return here('a comment begins with # in Python')
    return here(rest === '' ? 'this is not complete' : `the line should end before ${shown(rest)}`)
  }
  return here(explain(text, from))
}

const CLOSING: ReadonlyMap<string, string> = new Map([
  ['(', ')'],
  ['[', ']'],
  ['{', '}'],
])

function shown(code: string): string {
  return code.length > 40 ? `${code.slice(0, 40)}…` : code
}
