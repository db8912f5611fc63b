import type { SessionInfo } from 'holdfast'
import { html, type Html } from '../html.ts'
import { besides } from './form.ts'
import type { Page } from './layout.ts'
import { moment } from './moment.ts'

export function devicesPage(devices: readonly SessionInfo[], here: string | null): Page {
  const others = devices.filter(({ id }) => id !== here)
  return {
    title: 'Where you are signed in',
    body: html`<div class="wide split broad">
      <div class="page">
        <h1>Where you are signed in</h1>
        <p class="lead">
          Anything here that you do not know? Sign it out, then <a href="/account/password">change your password</a>.
        </p>
        <ul class="devices">
          ${devices.filter(({ id }) => id === here).map((info) => device(info, true))}
          ${others.map((info) => device(info, false))}
        </ul>
        ${
          others.length > 0 &&
          html`<form method="post" action="/account/devices">
            <button class="button quiet" type="submit" name="end" value="others">Sign out everywhere else</button>
          </form>`
        }
        <p><a href="/account">Back to the account</a></p>
      </div>
      ${besides('brass-compass')}
    </div>`,
  }
}

function device({ id, device: name, createdAt, lastSeenAt }: SessionInfo, isHere: boolean): Html {
  return html`<li class="device">
    <div>
      <h2>${name}${isHere && html` <span class="badge">This device</span>`}</h2>
      <p class="quiet">Signed in ${moment(createdAt)}<br />Last seen ${moment(lastSeenAt)}</p>
    </div>
    ${
      !isHere &&
      html`<form method="post" action="/account/devices">
        <button class="button quiet small" type="submit" name="end" value="${id}">
          Sign out<span class="unseen"> ${name}</span>
        </button>
      </form>`
    }
  </li>`
}
