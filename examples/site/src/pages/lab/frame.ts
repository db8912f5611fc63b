import { WAYS } from 'holdfast-lab/content/ways'
import { STEPS, type Progress } from 'holdfast-lab/shared/api'
import { html, type Html } from '../../html.ts'
import type { Page } from '../layout.ts'

/** What every page of the lab needs to know of its visitor. */
export interface LabVisitor {
  readonly progress: Progress
  /** Where the scripts are, and the nonce that lets the editor's styles in. */
  readonly scripts: string
  readonly nonce: string
}

export interface LabPage {
  readonly title: string
  readonly here: (typeof WAYS)[number]['id'] | 'start' | 'finish'
  readonly body: Html
}

/** A page of the lab: its own navigation, how far the visitor has come, and the scripts that bring it to life. */
export function labPage({ title, here, body }: LabPage, { progress, scripts, nonce }: LabVisitor): Page {
  return {
    title: here === 'start' ? title : `${title} · Session lab`,
    head: html`<link rel="stylesheet" href="/lab.css" />
      <meta name="style-nonce" content="${nonce}" />
      <script type="module" src="${scripts}"></script>`,
    body: html`<nav class="lab-nav" aria-label="Session lab">
        <div class="wide lab-nav-row">
          <ul>
            ${link('/lab', 'The lab', here === 'start')}
            ${WAYS.map(({ id, name }) => link(`/lab/${id}`, name, here === id))}
          </ul>
          ${tally(progress)}
        </div>
      </nav>
      ${body}`,
  }
}

/** Where a script makes something of the page. `fallback` is what there is without it. */
export function island(name: string, props: unknown, fallback: Html | string): Html {
  return html`<div data-island="${name}" data-props="${JSON.stringify(props)}">${fallback}</div>`
}

function link(href: string, label: string, current: boolean): Html {
  return html`<li><a href="${href}" ${current && html`aria-current="page"`}>${label}</a></li>`
}

/** The scripts keep it up to date: see `tally.ts` of the client. */
function tally({ held }: Progress): Html {
  return html`<p class="tally">
    <span class="pips" aria-hidden="true"
      >${STEPS.map((step) => html`<i data-step="${step}" class="${held.includes(step) && 'held'}"></i>`)}</span
    >
    <span><b data-tally>${held.length}</b>/${STEPS.length} steps hold</span>
  </p>`
}
