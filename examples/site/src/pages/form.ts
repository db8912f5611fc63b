import { html, type Html } from '../html.ts'
import type { Page } from './layout.ts'

/** What was wrong with a form, by field. The empty name is for the form as a whole. */
export type Problems = Readonly<Record<string, string>>

export interface FieldOptions {
  readonly name: string
  readonly label: string
  readonly type?: 'text' | 'email' | 'password'
  /** What browsers and password managers go by. */
  readonly autocomplete: string
  readonly value?: string
  readonly hint?: string
  readonly problems?: Problems
}

/** A labelled field; its hint and its problem are read out with it. */
export function field({ name, label, type = 'text', autocomplete, value, hint, problems = {} }: FieldOptions): Html {
  const problem = problems[name]
  const described = [hint && `${name}-hint`, problem && `${name}-problem`].filter(Boolean).join(' ')
  return html`<div class="field">
    <label for="${name}">${label}</label>
    ${hint && html`<p class="hint" id="${name}-hint">${hint}</p>`}
    ${problem && html`<p class="problem" id="${name}-problem">${problem}</p>`}
    <input
      id="${name}"
      name="${name}"
      type="${type}"
      value="${value}"
      autocomplete="${autocomplete}"
      required
      ${type === 'email' && html`inputmode="email" autocapitalize="none" spellcheck="false"`}
      ${described !== '' && html`aria-describedby="${described}"`}
      ${problem !== undefined && html`aria-invalid="true"`}
    />
  </div>`
}

/** Announced as soon as the page is there, with a link to each field that has to be mended. */
function problemList(problems: Problems): Html {
  const entries = Object.entries(problems)
  return html`<div class="alert" role="alert">
    <h2>That did not work yet</h2>
    <ul>
      ${entries.map(([name, text]) => html`<li>${name === '' ? text : html`<a href="#${name}">${text}</a>`}</li>`)}
    </ul>
  </div>`
}

export interface FormPage {
  readonly heading: string
  readonly lead: Html | string
  readonly problems?: Problems
  readonly form: Html
  readonly picture: string
}

/** For everything that is one form. */
export function formPage({ heading, lead, problems = {}, form, picture }: FormPage): Page {
  const failed = Object.keys(problems).length > 0
  return {
    title: failed ? `Not yet: ${heading}` : heading,
    body: html`<div class="wide split">
      <div class="page">
        <h1>${heading}</h1>
        <p class="lead">${lead}</p>
        ${failed && problemList(problems)} ${form}
      </div>
      ${besides(picture)}
    </div>`,
  }
}

/** An article of the shop beside a form, where there is room. */
export function besides(picture: string): Html {
  return html`<img class="besides" src="/goods/${picture}.svg" alt="" width="320" height="320" />`
}
