import type { JSX } from 'preact'
import { piecesOf } from '../../content/prose.ts'

/** The lab's words, with their code marked as code. */
export function Prose({ text }: { readonly text: string }): JSX.Element {
  return <>{piecesOf(text).map((piece) => (piece.isCode ? <code>{piece.text}</code> : piece.text))}</>
}
