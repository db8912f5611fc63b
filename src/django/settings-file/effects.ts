import { childrenOf, nameIn, type Node } from './grammar.ts'

/** What running a piece of code may do to the names of the file. */
export interface Effects {
  /** Names that it gives another value. */
  readonly sets: Set<string>
  /** Names that it mentions: what they hold may be changed in place. */
  readonly mentions: Set<string>
  /** The same for functions in it, which may run at any later time. */
  readonly later: { readonly sets: Set<string>; readonly mentions: Set<string> }
  /** Why it may set any name at all; undefined when it cannot. */
  anyName?: { readonly why: string; readonly later: boolean }
}

/** Functions that reach the names of the file as a whole. `include` is that of django-split-settings. */
const REACHES_ALL = new Set(['globals', 'locals', 'vars', 'exec', 'execfile', 'include', 'setattr'])

/** What has the names of a file as its own: `sys.modules[__name__]`, `module.__dict__`, `frame.f_globals`. */
const HOLDS_ALL = new Set(['modules', '__dict__', 'f_globals', 'f_locals'])

/** Functions run later; a class runs now, with names of its own. */
type Mode = 'now' | 'class' | 'later'

/** Without recursion: code may be nested as deep as its author likes. */
export function effectsOf(code: Node, text: string): Effects {
  const effects: Effects = { sets: new Set(), mentions: new Set(), later: { sets: new Set(), mentions: new Set() } }
  const waiting: Task[] = [{ node: code, mode: 'now', target: false }]
  const all = (nodes: readonly Node[], mode: Mode, isTarget: (node: Node, index: number) => boolean): void => {
    for (const [index, node] of nodes.entries()) waiting.push({ node, mode, target: isTarget(node, index) })
  }

  for (let task = waiting.pop(); task !== undefined; task = waiting.pop()) {
    const { node, mode, target } = task
    const children = childrenOf(node)
    if (node.name === 'VariableName') name(effects, nameIn(node, text), task)
    else if (node.name === 'PropertyName' && HOLDS_ALL.has(nameIn(node, text))) {
      reachAll(effects, `.${nameIn(node, text)}`, 'later')
    } else if (target) all(children, mode, () => PATTERNS.has(node.name))
    else if (HAS_BODY.has(node.name)) {
      const body = children.at(-1)
      const inside = node.name !== 'ClassDefinition' ? 'later' : mode === 'now' ? 'class' : mode
      all(children.slice(0, -1), mode, ({ name: kind }) => kind === 'VariableName')
      if (body !== undefined) waiting.push({ node: body, mode: inside, target: false })
    } else if (node.name === 'ImportStatement') {
      const names = children.slice(children.findIndex(({ name: kind }) => kind === 'import') + 1)
      if (names.some(({ name: kind }) => kind === '*')) reachAll(effects, 'an import of *', mode)
      all(names, mode, (_, index) => names[index + 1]?.name !== 'as')
    } else if (node.name === 'ScopeStatement') {
      for (const child of children) {
        if (mode !== 'now' && child.name === 'VariableName') effects.later.sets.add(nameIn(child, text))
      }
    } else all(children, mode, targetsOf(node, children))
  }
  return effects
}

interface Task {
  readonly node: Node
  readonly mode: Mode
  /** Whether it stands where something is set. */
  readonly target: boolean
}

function name(effects: Effects, found: string, { mode, target }: Task): void {
  // In a function or a class a name is its own. It may still be the file's: there `MIDDLEWARE += […]` changes that list.
  if (target && mode === 'now') effects.sets.add(found)
  else (mode === 'later' ? effects.later : effects).mentions.add(found)
  // By what `globals()` answers, names may be set at any later time.
  if (!target && REACHES_ALL.has(found)) reachAll(effects, `${found}()`, 'later')
}

function reachAll(effects: Effects, who: string, mode: Mode): void {
  if (effects.anyName?.later !== true) effects.anyName = { why: `${who} may set it`, later: mode === 'later' }
}

/** Which parts of a statement are set by it. */
function targetsOf(node: Node, children: readonly Node[]): (child: Node, index: number) => boolean {
  const before = (position: number) => (_: Node, index: number) => index < position
  switch (node.name) {
    case 'AssignStatement':
      return before(children.findLastIndex(({ name: kind }) => kind === 'AssignOp'))
    case 'ForStatement':
      return before(children.findIndex(({ name: kind }) => kind === 'in'))
    case 'UpdateStatement': // `A += […]` changes the list that A holds.
    case 'NamedExpression':
      return before(1)
    case 'TypeDefinition':
      return before(2)
    case 'DeleteStatement':
      return () => true
    case 'MatchClause':
      return ({ name: kind }) => kind !== 'Body' && kind !== 'Guard'
    default: // `with … as X`, `except … as X`, `f(X := 1)`
      return (_, index) => children[index - 1]?.name === 'as' || isWalrus(children[index + 1])
  }
}

/** `:=`, and not the `=` of an argument's name. */
function isWalrus(node: Node | undefined): boolean {
  return node?.name === 'AssignOp' && node.to - node.from === ':='.length
}

const HAS_BODY = new Set(['FunctionDefinition', 'LambdaExpression', 'ClassDefinition'])

/** What several names may be set by at once. */
const PATTERNS = new Set([
  'TupleExpression',
  'ArrayExpression',
  'ParenthesizedExpression',
  'CapturePattern',
  'AsPattern',
  'ClassPattern',
  'AttributePattern',
  'MappingPattern',
  'SequencePattern',
  'OrPattern',
  'PatternArgList',
  'KeywordPattern',
  'StarPattern',
  'LiteralPattern',
])
