import type { LabAttack } from './outcome.ts'
import { signIn, tryCookie } from './people.ts'
import { STRONG } from './strong.ts'
import { span } from './words.ts'

const RENEWAL = 600
/** For so long a replaced secret is still taken from a tab that was slow. */
const GRACE = 60

/** A copied cookie, used beside its owner's. */
export const reuse: LabAttack = {
  defenceName: 'The secret in the cookie is renewed every 10 minutes: `renewalInterval`',
  off: { sessions: STRONG, extras: { renewalInterval: false } },
  on: { sessions: STRONG, extras: { renewalInterval: RENEWAL } },
  async run(application) {
    const { timeline, clock, events, https } = application
    const ada = application.browser()
    const signedIn = await signIn(application, ada)
    timeline.note('victim', 'Ada signs in.', { exchange: signedIn.exchange })
    const copy = ada.cookieFor(https)
    const early = await tryCookie(application, copy)
    timeline.note(
      'attacker',
      'Has got a copy of her cookie, and uses it. At first nothing tells it from the original.',
      {
        exchange: early.exchange,
        good: early.signedIn === null,
      },
    )

    clock.advance(RENEWAL)
    timeline.note('clock', `${span(RENEWAL)} pass.`)
    const renewed = await ada.get(`${https}/me`)
    await ada.get(`${https}/me`) // From here on the server knows that she has the new one.
    timeline.note(
      'victim',
      renewed.newCookie === undefined
        ? 'Ada goes on. Her cookie stays as it was.'
        : 'Ada goes on. Her browser gets a cookie with a new secret, and shows it at the next request.',
      {
        exchange: renewed.exchange,
      },
    )

    clock.advance(GRACE + 1)
    timeline.note('clock', `${GRACE + 1} seconds pass.`)
    const late = await tryCookie(application, copy)
    const succeeded = late.signedIn === 'ada'
    timeline.note(
      'attacker',
      succeeded
        ? 'Uses the copy again: signed in as Ada.'
        : 'Uses the copy again: the secret in it was replaced. An honest browser would not have it any more.',
      {
        exchange: late.exchange,
        good: !succeeded,
      },
    )
    if (events.some(({ type }) => type === 'reuse')) {
      timeline.note(
        'application',
        'Reports the event `reuse` and ends the session, since it cannot know which of the two is the thief.',
        { good: true },
      )
    }

    const after = await ada.get(`${https}/me`)
    timeline.note(
      'victim',
      after.signedIn === 'ada' ? 'Ada notices nothing.' : 'Ada is asked to sign in again. The thief cannot.',
      { exchange: after.exchange },
    )
    return {
      succeeded,
      headline: succeeded
        ? 'The copy works as long as the session lives, and nobody notices.'
        : 'The copy gave itself away when its secret had been replaced. It opens nothing any more.',
    }
  },
}
