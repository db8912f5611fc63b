import { tellOfNaive } from './naive-note.ts'
import type { LabAttack } from './outcome.ts'
import { signIn, tryCookie } from './people.ts'
import { STRONG } from './strong.ts'

/** A copy of the cookie, used after its owner has signed out. */
export const replay: LabAttack = {
  defenceName: 'Signing out ends the session on the server: `session.logout`',
  off: { sessions: 'naive' },
  on: { sessions: STRONG },
  async run(application) {
    const { timeline, https } = application
    tellOfNaive(application)
    const ada = application.browser()
    const signedIn = await signIn(application, ada)
    timeline.note('victim', 'Ada signs in, on a computer that she shares.', { exchange: signedIn.exchange })
    const copy = ada.cookieFor(https)
    timeline.note('attacker', 'Copies her cookie from the computer’s disk, to use it later.')

    const out = await ada.post(`${https}/sign-out`)
    timeline.note('victim', 'Ada signs out. Her browser is told to forget the cookie.', { exchange: out.exchange })

    const tried = await tryCookie(application, copy)
    const succeeded = tried.signedIn === 'ada'
    timeline.note(
      'attacker',
      succeeded ? 'Sends the copy: signed in as Ada.' : 'Sends the copy: signed in as nobody.',
      {
        exchange: tried.exchange,
        good: !succeeded,
      },
    )
    return {
      succeeded,
      headline: succeeded
        ? 'Only Ada’s browser forgot the cookie. The server still takes it.'
        : 'The server had ended the session. A copy of its cookie opens nothing.',
    }
  },
}
