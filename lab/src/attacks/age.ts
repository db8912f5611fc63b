import type { Finding } from '../shared/api.ts'
import type { Answer } from './application/browser.ts'
import type { LabStep, StepOutcome } from './outcome.ts'
import { signIn, tryCookie } from './people.ts'
import { number, span } from './words.ts'

const WANTED = 1200

/**
 * A session is to end 20 minutes after it was last saved. Each look at the clock has a session of its own, so that
 * looking lengthens nothing; and it is the cookie's copy that asks, because a copy does not obey Max-Age.
 */
export const age: LabStep = {
  async run(application, { SESSION_COOKIE_AGE: given }) {
    const { timeline, clock } = application
    const set = typeof given === 'number' ? given : undefined
    const ends = set === undefined || set === WANTED ? [WANTED] : [WANTED, set]
    const looks = ends.flatMap((end) => [end - 1, end + 1]).toSorted((a, b) => a - b)

    const answers: Answer[] = []
    for (const _ of looks) answers.push(await signIn(application, application.browser()))
    const maxAge = maxAgeOf(answers[0])
    timeline.note('victim', `Ada signs in, on ${looks.length} devices. ${cookieWords(maxAge)}`, {
      ...(answers[0] && { exchange: answers[0].exchange }),
    })

    const alive = new Map<number, boolean>()
    for (const [index, at] of looks.entries()) {
      clock.advance(at - clock.elapsed())
      timeline.note('clock', `${number(at)} seconds after the sign-in.`)
      const answer = await tryCookie(application, answers[index]?.newCookie)
      const isIn = answer.signedIn === 'ada'
      alive.set(at, isIn)
      timeline.note(
        at < WANTED ? 'victim' : 'attacker',
        at < WANTED
          ? `A device that has not asked since does so now: ${isIn ? 'Ada is signed in.' : 'nobody is signed in.'}`
          : `Somebody who kept a copy of the cookie tries it: ${isIn ? 'it still opens Ada’s account.' : 'it opens nothing.'}`,
        { exchange: answer.exchange, good: isIn === at < WANTED },
      )
    }
    return judge(alive, set, maxAge)
  },
}

function judge(alive: ReadonlyMap<number, boolean>, set: number | undefined, maxAge: number | undefined): StepOutcome {
  const lives = alive.get(WANTED - 1) === true
  const ended = alive.get(WANTED + 1) === false
  // Not even at 1200 s, where a wish for one second more has had it looked at.
  const isExact = alive.get(WANTED) !== true
  const isTold = maxAge === undefined || maxAge === WANTED
  const findings: Finding[] = [
    { good: lives, says: `At ${number(WANTED - 1)} s Ada was ${lives ? 'signed in' : 'signed out already'}.` },
    { good: ended, says: `At ${number(WANTED + 1)} s her session ${ended ? 'had ended' : 'was still open'}.` },
    { good: isTold, says: cookieWords(maxAge) },
  ]
  const isRight = isExact && isTold
  return { holds: lives && ended && isRight, headline: headlineOf(lives, ended, isRight, set), findings }
}

function headlineOf(lives: boolean, ended: boolean, isRight: boolean, set: number | undefined): string {
  if (lives && ended && !isRight) return `Close: the session lived for ${span(set ?? 0)}, and not for 20 minutes.`
  if (lives && ended) return 'The session lived for 20 minutes, and not a second longer.'
  const end = set === undefined ? 'two weeks, Django’s default' : span(set)
  return ended
    ? `Ada was signed out after ${end}, while she was still reading.`
    : `A copy of the cookie opened Ada’s account long after she had left: for ${end}.`
}

function cookieWords(maxAge: number | undefined): string {
  return maxAge === undefined
    ? 'The cookie has no Max-Age: the browser forgets it when it closes.'
    : `The cookie’s Max-Age on the wire is ${maxAge}.`
}

function maxAgeOf(answer: Answer | undefined): number | undefined {
  const line = answer?.exchange.response.headers.find(({ session }) => session)?.value ?? ''
  const digits = /; Max-Age=(\d+)/i.exec(line)?.[1]
  return digits === undefined ? undefined : Number(digits)
}
