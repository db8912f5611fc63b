import { html } from '../html.ts'
import { LONGEST_PASSWORD, SHORTEST_PASSWORD } from '../password-rules.ts'
import { besides, field, formPage, type Problems } from './form.ts'
import type { Page } from './layout.ts'

export const PASSWORD_HINT = `${SHORTEST_PASSWORD} to ${LONGEST_PASSWORD} characters. A short sentence does well.`

export interface SignUpForm {
  readonly name: string
  readonly email: string
  readonly next: string
}

export function signUpPage({ name, email, next }: SignUpForm, problems: Problems = {}): Page {
  const password = { name: 'password', label: 'Password', type: 'password', autocomplete: 'new-password' } as const
  return formPage({
    heading: 'Open an account',
    lead: html`Have one already? <a href="/sign-in?next=${encodeURIComponent(next)}">Sign in</a>.`,
    picture: 'brass-compass',
    problems,
    form: html`<form class="form" method="post" action="/sign-up" novalidate>
      <input type="hidden" name="next" value="${next}" />
      ${field({ name: 'name', label: 'Your name', autocomplete: 'name', value: name, problems })}
      ${field({ ...EMAIL, value: email, problems })} ${field({ ...password, hint: PASSWORD_HINT, problems })}
      <button class="button" type="submit">Open the account</button>
    </form>`,
  })
}

export interface SignInForm {
  readonly email: string
  readonly next: string
}

export function signInPage({ email, next }: SignInForm, problems: Problems = {}): Page {
  return formPage({
    heading: 'Sign in',
    lead: html`New to the shop? <a href="/sign-up?next=${encodeURIComponent(next)}">Open an account</a>.`,
    picture: 'storm-lantern',
    problems,
    form: html`<form class="form" method="post" action="/sign-in" novalidate>
      <input type="hidden" name="next" value="${next}" />
      ${field({ ...EMAIL, value: email })} ${field(PASSWORD)}
      <button class="button" type="submit">Sign in</button>
    </form>`,
  })
}

/** Before something that cannot be undone: is it still you? */
export function confirmPage(email: string, next: string, problems: Problems = {}): Page {
  return formPage({
    heading: 'Is it still you?',
    lead: 'The next step cannot be undone, so please give your password once more.',
    picture: 'ships-bell',
    problems,
    form: html`<form class="form" method="post" action="/confirm" novalidate>
      <input type="hidden" name="next" value="${next}" />
      ${whoseForm(email)} ${field({ ...PASSWORD, problems })}
      <p class="actions">
        <button class="button" type="submit">Go on</button>
        <a href="/account">Back to the account</a>
      </p>
    </form>`,
  })
}

/** Tells a password manager whose password a form asks for. */
export function whoseForm(email: string): ReturnType<typeof html> {
  return html`<input
    class="unseen"
    type="text"
    value="${email}"
    autocomplete="username"
    readonly
    tabindex="-1"
    aria-hidden="true"
  />`
}

export function goodbyePage(heading: string, words: string): Page {
  return {
    title: heading,
    body: html`<div class="wide split">
      <div class="page">
        <h1>${heading}</h1>
        <p class="lead">${words}</p>
        <p><a class="button" href="/">Back to the shop</a></p>
      </div>
      ${besides('signal-flags')}
    </div>`,
  }
}

const EMAIL = { name: 'email', label: 'E-mail address', type: 'email', autocomplete: 'username' } as const
const PASSWORD = { name: 'password', label: 'Password', type: 'password', autocomplete: 'current-password' } as const
