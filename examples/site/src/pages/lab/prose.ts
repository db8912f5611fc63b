import { piecesOf } from 'holdfast-lab/content/prose'
import { html, type Html } from '../../html.ts'

/** The lab's words, with their code marked as code. */
export function prose(text: string): readonly Html[] {
  return piecesOf(text).map(({ text: piece, isCode }) => (isCode ? html`<code>${piece}</code>` : html`${piece}`))
}

export function paragraphs(texts: readonly string[]): readonly Html[] {
  return texts.map((text) => html`<p>${prose(text)}</p>`)
}

export function bullets(items: readonly string[]): Html {
  return html`<ul class="bullets">
    ${items.map((item) => html`<li>${prose(item)}</li>`)}
  </ul>`
}

/** Steps in their order. */
export function numbered(items: readonly string[]): Html {
  return html`<ol class="numbered">
    ${items.map((item) => html`<li>${prose(item)}</li>`)}
  </ol>`
}
