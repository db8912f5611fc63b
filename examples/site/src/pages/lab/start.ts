import { GOAL, OUTCOME, SCENARIO, WAYS } from 'holdfast-lab/content/ways'
import { STEPS } from 'holdfast-lab/shared/api'
import { html } from '../../html.ts'
import type { Page } from '../layout.ts'
import { labPage, type LabVisitor } from './frame.ts'

export function labStartPage(visitor: LabVisitor): Page {
  const { held } = visitor.progress
  const minutes = WAYS.reduce((sum, way) => sum + way.minutes, 0)
  const body = html`<div class="wide page">
    <h1>The session lab</h1>
    <p class="lead measure">
      Keep a web application’s sessions safe: set it up yourself, attack it, and watch it hold. About ${minutes}
      minutes, in any order.
    </p>
    <dl class="brief">
      ${[
        ['The scenario', SCENARIO],
        ['The goal', GOAL],
        ['What you take away', OUTCOME],
      ].map(
        ([term, says]) =>
          html`<div>
            <dt>${term}</dt>
            <dd>${says}</dd>
          </div>`,
      )}
    </dl>
    <h2 id="ways">Choose your way in</h2>
    <ul class="ways">
      ${WAYS.map(
        ({ id, name, says, minutes: most }) =>
          html`<li class="way">
            <h3><a href="/lab/${id}">${name}</a></h3>
            <p>${says}</p>
            <p class="quiet">${most} minutes</p>
          </li>`,
      )}
    </ul>
    ${
      held.length === STEPS.length
        ? html`<p>All four steps hold. <a href="/lab/finish">Take your settings away</a></p>`
        : held.length > 0 &&
          html`<p>${held.length} of your four steps hold. <a href="/lab/build">Go on building</a></p>`
    }
    <p class="quiet measure">
      Nothing here is a drawing. Every result comes from an application that was started for you with your settings, and
      was really attacked. It lives for seconds, in memory, for you alone.
    </p>
  </div>`
  return labPage({ title: 'The session lab', here: 'start', body }, visitor)
}
