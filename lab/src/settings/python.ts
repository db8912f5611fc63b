import { parser } from '@lezer/python'
import { parseDjangoSettings, type PythonValue } from 'holdfast/django'
import { parseBounded, TOO_TANGLED, type Tree } from './bounded.ts'
import { isExact, problemAt, unreadable, type Entries, type Entry, type Scalar } from './entries.ts'

/** A `settings.py` of comments and `NAME = literal`. */
export function readPython(text: string): Entries {
  const parsed = parseBounded(parser, text)
  if ('stoppedAt' in parsed) return unreadable(text, parsed.stoppedAt, TOO_TANGLED)
  const file = parseDjangoSettings(text, { literalsOnly: true })
  // Django has lists, too. Here no setting is one.
  const problems = file.problems.map((problem) => ({
    ...problem,
    message: problem.message.replace(", None or ['a', 'b']", ' or None'),
  }))
  const entries: Entry[] = []
  for (const [name, assignment] of file.settings) {
    const { from, to } = spanOfLine(text, assignment.line)
    // Any other name has its problem already. So has what is computed, but its name may be what is refused first.
    if (!/^[A-Z][A-Z\d_]*$/.test(name)) continue
    const value = 'value' in assignment ? assignment.value : null
    if (isScalar(value)) entries.push({ name, value, from, to })
    else
      problems.push(
        problemAt(text, from, to, `write ${name} as a text, a number of 15 digits at most, True, False or None`),
      )
  }
  return { entries, problems, hasComments: hasComments(parsed.tree) }
}

function isScalar(value: PythonValue): value is Scalar {
  return (
    value === null ||
    typeof value === 'string' ||
    typeof value === 'boolean' ||
    (typeof value === 'number' && isExact(value))
  )
}

function spanOfLine(text: string, line: number): { readonly from: number; readonly to: number } {
  const lines = Array.from(text.matchAll(/(.*?)(?:\r\n|\r|\n|$)/gy))
  const found = lines[line - 1]
  const from = found?.index ?? 0
  return { from, to: from + (found?.[1] ?? '').length }
}

function hasComments(tree: Tree): boolean {
  let found = false
  tree.iterate({
    enter: ({ name }) => {
      found ||= name === 'Comment'
    },
  })
  return found
}
