import type { parser } from '@lezer/javascript'

export type Tree = ReturnType<(typeof parser)['parse']>

/** As much of a parser as is needed here. */
interface Parser {
  startParse(text: string): { advance(): Tree | null; readonly parsedPos: number }
}

/**
 * Parses a text, unless that costs too much. A parser weighs several readings of what is ambiguous or broken, and a few
 * thousand characters can be made to cost it half a second, in which the site would answer nobody.
 */
export function parseBounded(parser: Parser, text: string): { readonly tree: Tree } | { readonly stoppedAt: number } {
  const parse = parser.startParse(text)
  const start = process.threadCpuUsage()
  for (let steps = 1; ; steps++) {
    const tree = parse.advance()
    if (tree !== null) return { tree }
    if (steps % STEPS_A_LOOK === 0 && microsecondsSince(start) > MOST_MICROSECONDS) {
      return { stoppedAt: Math.min(parse.parsedPos, text.length) }
    }
  }
}

export const TOO_TANGLED =
  'up to here this is too tangled to be read; write one setting a line, with nothing but a literal'

/** Of computing: waiting for a busy machine does not count. What people write takes a tenth of it. */
const MOST_MICROSECONDS = 25_000
const STEPS_A_LOOK = 32

function microsecondsSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.threadCpuUsage(start)
  return user + system
}
