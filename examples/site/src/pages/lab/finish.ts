import { CHECK_COMMAND, CHECK_SAYS, TAKEAWAY_TEXTS } from 'holdfast-lab/content/finish'
import { STEP_TEXTS } from 'holdfast-lab/content/steps'
import { takeawaysOf } from 'holdfast-lab/settings/takeaways'
import { html } from '../../html.ts'
import type { Page } from '../layout.ts'
import { island, labPage, type LabVisitor } from './frame.ts'
import { prose } from './prose.ts'

/** The finished settings, to copy or to download. */
export function finishPage(visitor: LabVisitor): Page {
  const { held, source } = visitor.progress
  const { areTheirs, texts } = takeawaysOf(source)
  const open = STEP_TEXTS.filter(({ id }) => !held.includes(id))
  const body = html`<div class="wide page">
    <h1>${open.length === 0 ? 'It holds' : 'What you will take away'}</h1>
    <p class="lead measure">
      ${
        open.length === 0
          ? `All four steps hold: you have seen it yourself. ${areTheirs ? YOURS : NOT_YOURS}`
          : html`${held.length} of 4 steps hold. Still to do:
            ${open.map(({ id, title }, index) => html`${index > 0 && ', '}<a href="/lab/build/${id}">${title}</a>`)}.`
      }
    </p>
    <div class="takeaways">
      ${TAKEAWAY_TEXTS.map(
        ({ file, title, says }) =>
          html`<section class="takeaway" aria-labelledby="for-${file}">
            <h2 id="for-${file}">${title}</h2>
            <p>${prose(says)}</p>
            <pre class="code" id="text-${file}"><code>${texts[file]}</code></pre>
            <div class="actions">
              <a class="button small" href="/lab/finish/${file}" download>Download ${file}</a>
              ${island('copy', { of: `text-${file}`, file }, '')}
            </div>
          </section>`,
      )}
    </div>
    <section class="measure command" aria-labelledby="check">
      <h2 id="check">Keep it that way</h2>
      <pre class="code"><code>${CHECK_COMMAND}</code></pre>
      <p>${CHECK_SAYS}</p>
    </section>
    <p class="actions">
      <a class="button" href="/lab/recall">Ten questions</a>
      <a class="button quiet" href="/lab/attack">Attack it</a>
    </p>
  </div>`
  return labPage({ title: 'Take away', here: 'finish', body }, visitor)
}

const YOURS = 'These are your settings, as you wrote them, to take away.'
const NOT_YOURS = 'The text that you checked last has not all four of them, so here they are, to take away.'
