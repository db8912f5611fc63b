import { tellOfNaive } from './naive-note.ts'
import type { LabAttack } from './outcome.ts'
import { signIn } from './people.ts'
import { STRONG } from './strong.ts'

/** The attacker gives the victim a session and waits for her to sign in to it. */
export const fixation: LabAttack = {
  defenceName: 'A new token at every sign-in: `session.login`',
  off: { sessions: 'naive' },
  on: { sessions: STRONG },
  async run(application) {
    const { timeline, https } = application
    tellOfNaive(application)
    const mallory = application.browser()
    const begun = await mallory.post(`${https}/basket`, { article: 'cork-lifebuoy' })
    const planted = begun.newCookie ?? ''
    timeline.note('attacker', 'Puts something into the basket, and so gets a session, signed in as nobody.', {
      exchange: begun.exchange,
    })

    const ada = application.browser()
    ada.plant(https, planted)
    timeline.note(
      'attacker',
      'Plants that cookie in Ada’s browser: from a neighbouring subdomain, or on a computer they share.',
    )

    const signedIn = await signIn(application, ada)
    const isNew = signedIn.newCookie !== undefined && signedIn.newCookie !== planted
    timeline.note(
      'victim',
      isNew
        ? 'Ada signs in, and gets a cookie that nobody has seen before.'
        : 'Ada signs in. Her cookie is the one that the attacker knows.',
      {
        exchange: signedIn.exchange,
        good: isNew,
      },
    )

    const tried = await mallory.get(`${https}/me`)
    const succeeded = tried.signedIn === 'ada'
    timeline.note(
      'attacker',
      succeeded
        ? 'Loads the page again: signed in as Ada.'
        : 'Loads the page again: signed in as nobody. The planted session is over.',
      {
        exchange: tried.exchange,
        good: !succeeded,
      },
    )
    return {
      succeeded,
      headline: succeeded
        ? 'Ada signed in to the attacker’s session. Both are in it now.'
        : 'Signing in made a new token. What the attacker had planted is worth nothing.',
    }
  },
}
