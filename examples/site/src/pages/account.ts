import { html } from '../html.ts'
import type { User } from '../users.ts'
import { PASSWORD_HINT, whoseForm } from './access.ts'
import { besides, field, formPage, type Problems } from './form.ts'
import type { Page } from './layout.ts'
import { day } from './moment.ts'

export function accountPage({ name, email, createdAt }: User, devices: number): Page {
  return {
    title: 'Account',
    body: html`<div class="wide page">
      <h1>Good to see you, ${name}</h1>
      <div class="columns">
        <ul class="panels">
          <li class="panel">
            <h2><a href="/account/devices">Where you are signed in</a></h2>
            <p>
              ${devices === 1 ? 'On this device only.' : `On ${devices} devices. See them, and sign out what you do not know.`}
            </p>
          </li>
          <li class="panel">
            <h2><a href="/account/password">Change your password</a></h2>
            <p>Signs you out everywhere else.</p>
          </li>
          <li class="panel">
            <h2><a href="/account/delete">Close your account</a></h2>
            <p>Asks for your password first. There is no way back.</p>
          </li>
        </ul>
        <div class="cartouche">
          <dl class="facts">
            <div>
              <dt>E-mail address</dt>
              <dd>${email}</dd>
            </div>
            <div>
              <dt>Customer since</dt>
              <dd>${day(createdAt)}</dd>
            </div>
          </dl>
          <form method="post" action="/sign-out">
            <button class="button quiet" type="submit">Sign out</button>
          </form>
        </div>
      </div>
    </div>`,
  }
}

export function passwordPage(email: string, problems: Problems = {}): Page {
  const old = { name: 'old', label: 'Present password', autocomplete: 'current-password' }
  const fresh = { name: 'new', label: 'New password', autocomplete: 'new-password', hint: PASSWORD_HINT }
  return formPage({
    heading: 'Change your password',
    lead: 'You stay signed in here. Every other device is signed out.',
    picture: 'bronze-cleat',
    problems,
    form: html`<form class="form" method="post" action="/account/password" novalidate>
      ${whoseForm(email)} ${field({ ...old, type: 'password', problems })}
      ${field({ ...fresh, type: 'password', problems })}
      <p class="actions">
        <button class="button" type="submit">Change it</button>
        <a href="/account">Back to the account</a>
      </p>
    </form>`,
  })
}

export function deletePage(email: string): Page {
  return {
    title: 'Close your account',
    body: html`<div class="wide split">
      <div class="page">
        <h1>Close your account</h1>
        <p class="lead">The account of ${email} and everything in it will be gone, on every device, at once.</p>
        <form method="post" action="/account/delete">
          <p class="actions">
            <button class="button danger" type="submit">Close it for good</button>
            <a href="/account">Keep it</a>
          </p>
        </form>
      </div>
      ${besides('cork-lifebuoy')}
    </div>`,
  }
}
