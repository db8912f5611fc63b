import { STATIONS } from 'holdfast-lab/content/life'
import { html } from '../../html.ts'
import type { Page } from '../layout.ts'
import { island, labPage, type LabVisitor } from './frame.ts'
import { prose } from './prose.ts'

export function watchPage(visitor: LabVisitor): Page {
  const stations = html`<ol class="stations">
    ${STATIONS.map(
      ({ title, says }) =>
        html`<li>
          <h2>${title}</h2>
          <p>${prose(says)}</p>
        </li>`,
    )}
  </ol>`
  const body = html`<div class="wide page">
    <h1>The life of one session</h1>
    <p class="lead measure">
      From a stranger’s first look to the sign-out. What does the browser hold, what is in the cache, what is in the
      database?
    </p>
    ${island('watch', {}, stations)}
  </div>`
  return labPage({ title: 'Watch', here: 'watch', body }, visitor)
}
