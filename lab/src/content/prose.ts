/** A piece of a sentence: words, or code. */
export interface Piece {
  readonly text: string
  readonly isCode: boolean
}

/** All words of the lab are plain text. What stands between backticks is code. */
export function piecesOf(prose: string): Piece[] {
  return prose
    .split('`')
    .map((text, index) => ({ text, isCode: index % 2 === 1 }))
    .filter(({ text }) => text !== '')
}
