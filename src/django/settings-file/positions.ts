/** A mistake in a file, for people (line and column, from 1) and for editors (offsets into the text). */
export interface Problem {
  readonly line: number
  readonly column: number
  readonly from: number
  readonly to: number
  readonly message: string
}

export interface Lines {
  /** The line of an offset, from 1. */
  lineOf(offset: number): number
  problem(from: number, to: number, message: string): Problem
}

export function linesOf(text: string): Lines {
  const starts = [0]
  for (const { index, 0: end } of text.matchAll(/\r\n|\r|\n/g)) starts.push(index + end.length)

  const lineOf = (offset: number): number => {
    let [low, high] = [0, starts.length]
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if ((starts[middle] ?? 0) <= offset) low = middle
      else high = middle
    }
    return low + 1
  }

  return {
    lineOf,
    problem(from, to, message) {
      const line = lineOf(from)
      return { line, column: from - (starts[line - 1] ?? 0) + 1, from, to, message }
    },
  }
}
