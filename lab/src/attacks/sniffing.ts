import type { Finding } from '../shared/api.ts'
import { COOKIE, type Answer } from './application/browser.ts'
import type { Application } from './application/start.ts'
import type { LabAttack, LabStep } from './outcome.ts'
import { signIn, tryCookie } from './people.ts'
import { STRONG } from './strong.ts'
import { number } from './words.ts'

/** The second step: where does the cookie travel, and who reads it there? */
export const secure: LabStep = {
  async run(application) {
    const { isSent, isKept, stolen, thiefIsIn } = await sniff(application)
    const findings: Finding[] = [
      {
        good: isKept,
        says: `Over https the cookie ${isKept ? 'travelled, in a stream nobody could read' : 'did not travel'}.`,
      },
      {
        good: !isSent,
        says: isSent ? 'Over plain http it travelled too, in clear text.' : 'Over plain http the browser kept it back.',
      },
      {
        good: !thiefIsIn,
        says: thiefIsIn
          ? 'With what the sniffer saw, a stranger was signed in as Ada.'
          : 'With what the sniffer saw, nobody was signed in.',
      },
    ]
    return {
      holds: isKept && !isSent && stolen === undefined && !thiefIsIn,
      headline: thiefIsIn
        ? 'One request over plain http gave Ada’s account to whoever listened.'
        : 'The cookie went over https only. The sniffer saw a request without it.',
      findings,
    }
  },
}

/** Hijack by sniffing. */
export const sniffing: LabAttack = {
  defenceName: '`SESSION_COOKIE_SECURE = True`',
  off: { sessions: { ...STRONG, SESSION_COOKIE_SECURE: false } },
  on: { sessions: STRONG },
  async run(application) {
    const { thiefIsIn } = await sniff(application)
    return {
      succeeded: thiefIsIn,
      headline: thiefIsIn
        ? 'The cookie went over a plain line, and whoever listened is Ada now.'
        : 'The browser kept the cookie back from the plain line. There was nothing to hear.',
    }
  },
}

interface Sniffed {
  /** Over https the cookie went along. */
  readonly isKept: boolean
  /** And over plain http. */
  readonly isSent: boolean
  readonly stolen: string | undefined
  readonly thiefIsIn: boolean
}

async function sniff(application: Application): Promise<Sniffed> {
  const { timeline } = application
  const lines = await application.tapLines()
  const ada = application.browser()
  const signedIn = await signIn({ https: lines.https.address }, ada)
  timeline.note('victim', 'Ada signs in over https. Her browser keeps the cookie.', { exchange: signedIn.exchange })

  const safe = await ada.get(`${lines.https.address}/me`)
  timeline.note('victim', 'She asks for her page over https. The cookie goes along.', { exchange: safe.exchange })
  const noise = lines.https.heard()
  const heardThere = cookieIn(noise)
  timeline.note(
    'sniffer',
    `On the https line ${number(noise.length)} bytes went by. ${heardThere === undefined ? 'No cookie can be read in them.' : 'The cookie can be read in them.'}`,
    {
      good: heardThere === undefined,
    },
  )

  const plain = await ada.get(`${lines.http.address}/me`)
  const isSent = sentCookie(plain)
  timeline.note(
    'victim',
    `She follows an old link, over plain http. ${isSent ? 'Her browser sends the cookie there as well.' : 'Her browser keeps the cookie back.'}`,
    {
      exchange: plain.exchange,
      good: !isSent,
    },
  )
  const stolen = cookieIn(lines.http.heard())
  timeline.note(
    'sniffer',
    stolen === undefined
      ? 'On the plain line every byte can be read. There is no session cookie among them.'
      : `On the plain line every byte can be read, and so the cookie: \`${stolen}\``,
    {
      good: stolen === undefined,
    },
  )

  const tried = await tryCookie(application, stolen)
  const thiefIsIn = tried.signedIn === 'ada'
  timeline.note(
    'attacker',
    thiefIsIn
      ? 'Sends what was heard, from another computer: signed in as Ada.'
      : 'Has nothing to send, and is nobody.',
    {
      exchange: tried.exchange,
      good: !thiefIsIn,
    },
  )
  return { isKept: sentCookie(safe), isSent, stolen, thiefIsIn }
}

function sentCookie({ exchange }: Answer): boolean {
  return exchange.request.headers.some(({ session }) => session)
}

function cookieIn(heard: string): string | undefined {
  return new RegExp(`^cookie: .*?(${COOKIE}=[^;\\r\\n]+)`, 'im').exec(heard)?.[1]
}
