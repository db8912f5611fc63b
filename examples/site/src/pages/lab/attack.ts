import { ATTACK_TEXTS, type AttackText } from 'holdfast-lab/content/attacks'
import { html } from '../../html.ts'
import type { Page } from '../layout.ts'
import { island, labPage, type LabVisitor } from './frame.ts'
import { numbered, prose } from './prose.ts'

/** The five attacks to choose from. */
export function attacksPage(visitor: LabVisitor): Page {
  const body = html`<div class="wide page">
    <h1>Be the attacker</h1>
    <p class="lead measure">
      Two browsers side by side, the victim’s and the attacker’s, and an application between them. Try each attack with
      its defence off, then on.
    </p>
    <ul class="ways">
      ${ATTACK_TEXTS.map(
        ({ id, title, summary }) =>
          html`<li class="way">
            <h2><a href="/lab/attack/${id}">${title}</a></h2>
            <p>${prose(summary)}</p>
          </li>`,
      )}
    </ul>
  </div>`
  return labPage({ title: 'Attack', here: 'attack', body }, visitor)
}

export function attackPage(attack: AttackText, visitor: LabVisitor): Page {
  const body = html`<div class="wide page">
    <nav class="steps" aria-label="Attacks">
      <ul>
        ${ATTACK_TEXTS.map(
          ({ id, title }) =>
            html`<li><a href="/lab/attack/${id}" ${id === attack.id && html`aria-current="page"`}>${title}</a></li>`,
        )}
      </ul>
    </nav>
    <h1>${attack.title}</h1>
    <p class="lead measure">${prose(attack.summary)}</p>
    <div class="three">
      <section>
        <h2>How it goes</h2>
        ${numbered(attack.course)}
      </section>
      <section>
        <h2>What stops it</h2>
        <p>${prose(attack.defence)}</p>
      </section>
      <section>
        <h2>What is left</h2>
        <p>${prose(attack.remains)}</p>
      </section>
    </div>
    ${island('attack', { attack: attack.id }, html`<p class="quiet">Trying it needs JavaScript.</p>`)}
  </div>`
  return labPage({ title: attack.title, here: 'attack', body }, visitor)
}
