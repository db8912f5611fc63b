import { LESSON, type Block } from 'holdfast-lab/content/lesson'
import { html, type Html } from '../../html.ts'
import type { Page } from '../layout.ts'
import { labPage, type LabVisitor } from './frame.ts'
import { bullets, prose } from './prose.ts'

export function readPage(visitor: LabVisitor): Page {
  const body = html`<div class="wide page lesson">
    <h1>Sessions, and who wants them</h1>
    <nav class="contents" aria-label="On this page">
      <ol>
        ${LESSON.map(({ id, heading }) => html`<li><a href="#${id}">${heading}</a></li>`)}
      </ol>
    </nav>
    <div class="sections">
      ${LESSON.map(
        ({ id, heading, blocks }) =>
          html`<section class="measure" aria-labelledby="${id}">
            <h2 id="${id}" tabindex="-1">${heading}</h2>
            ${blocks.map(blockOf)}
          </section>`,
      )}
      <p class="actions">
        <a class="button" href="/lab/watch">Watch one live</a>
        <a class="button quiet" href="/lab/build">Build it yourself</a>
      </p>
    </div>
  </div>`
  return labPage({ title: 'Read', here: 'read', body }, visitor)
}

function blockOf(block: Block): Html {
  switch (block.kind) {
    case 'words':
      return html`<p>${prose(block.text)}</p>`
    case 'list':
      return bullets(block.items)
    case 'terms':
      return html`<dl class="terms">
        ${block.rows.map(
          ([term, meaning]) =>
            html`<div>
              <dt>${prose(term)}</dt>
              <dd>${prose(meaning)}</dd>
            </div>`,
        )}
      </dl>`
    case 'wire':
      return html`<figure class="wire">
        <figcaption>${block.caption}</figcaption>
        <pre><code>${block.lines.map(({ text, session }) =>
          session ? html`<mark class="cookie-line">${text}</mark>` : html`<span class="wire-line">${text}</span>`,
        )}</code></pre>
      </figure>`
  }
}
