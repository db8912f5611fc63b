import { parser } from '@lezer/python'

/** The tree of a Python file. It has one for every text; where the text is not Python, with error nodes in it. */
export type Tree = ReturnType<typeof parser.parse>
export type Node = Tree['topNode']

/** Beyond this, only the first error is told: a text that is wrong throughout takes a while to make sense of. */
const LONGEST_TO_MEND = 32_768

const strict = parser.configure({ strict: true })

/** The tree, or where the first error of a long text is. */
export function parsePython(text: string): { readonly tree: Tree } | { readonly errorAt: number } {
  const code = text.replace(/^\ufeff/, '\n') // Python skips a byte order mark too.
  if (text.length <= LONGEST_TO_MEND) return { tree: parser.parse(code) }
  try {
    return { tree: strict.parse(code) }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return { errorAt: Number(/\d+$/.exec(error.message)?.[0] ?? 0) }
  }
}

/** Python takes names that look alike, such as one in wide letters, for one. */
export function nameIn({ from, to }: Node, text: string): string {
  return text.slice(from, to).normalize('NFKC')
}

export function childrenOf(node: Node): Node[] {
  const children: Node[] = []
  for (let child = node.firstChild; child !== null; child = child.nextSibling) {
    if (child.name !== 'Comment') children.push(child)
  }
  return children
}
