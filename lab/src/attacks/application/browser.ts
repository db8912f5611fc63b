import { once } from 'node:events'
import {
  Agent,
  request as httpRequest,
  type AgentOptions,
  type ClientRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http'
import { Agent as SecureAgent, request as httpsRequest } from 'node:https'
import type { SecureContext } from 'node:tls'
import { CookieJar } from 'tough-cookie'
import type { Exchange, Header } from '../../shared/api.ts'
import type { WoundClock } from './clock.ts'

/** The name Django gives the session cookie. */
export const COOKIE = 'sessionid'

/** A browser without a screen: real requests, and a cookie jar that keeps to the standard as browsers do. */
export interface Browser {
  get(url: string): Promise<Answer>
  /** Sends a form. */
  post(url: string, fields?: Readonly<Record<string, string>>): Promise<Answer>
  /** A script on one of its pages sends a text somewhere. */
  beacon(url: string, text: string): Promise<Answer>
  /** The session cookie it would send to this address, as `name=value`; undefined when it would send none. */
  cookieFor(url: string): string | undefined
  /** What `document.cookie` gives to a script on this page. */
  scriptView(url: string): string
  /** Somebody puts a cookie into it, by whatever way. */
  plant(url: string, pair: string): void
  close(): void
}

export interface Answer {
  readonly status: number
  readonly body: string
  /** Whom the application takes the browser for; null for nobody, and when the page does not say. */
  readonly signedIn: string | null
  /** The value of the session cookie that it set; undefined when it set none. */
  readonly newCookie: string | undefined
  readonly exchange: Exchange
}

/** Whose time it goes by, and which certificates it trusts. */
export interface Surroundings {
  readonly clock: WoundClock
  readonly trust: SecureContext
}

export function createBrowser({ clock, trust }: Surroundings): Browser {
  const jar = new CookieJar()
  /** When it forgets a cookie, on the application's clock, which the jar does not know. */
  const forgets = new Map<string, number>()
  const agents = {
    http: new Agent(TO_THIS_MACHINE),
    https: new SecureAgent({ ...TO_THIS_MACHINE, secureContext: trust }),
  }

  const visible = (url: string, http: boolean): string[] =>
    jar
      .getCookiesSync(url, { http, expire: false })
      .filter(({ key }) => (forgets.get(key) ?? Infinity) > clock.now())
      .map((cookie) => cookie.cookieString())

  const keep = (url: string, line: string): void => {
    const cookie = jar.setCookieSync(line, url, { ignoreError: true })
    if (cookie === undefined) return
    const { maxAge } = cookie
    if (typeof maxAge === 'number') forgets.set(cookie.key, clock.now() + maxAge * 1000)
    else forgets.delete(cookie.key)
  }

  const send = async (method: string, url: string, body?: string, type = FORM): Promise<Answer> => {
    const cookie = visible(url, true).join('; ')
    const headers = {
      ...(cookie === '' ? {} : { cookie }),
      ...(body === undefined ? {} : { 'content-type': type }),
    }
    const { sending, response } = await exchange(url, { method, headers }, body)
    const text = await readText(response)
    for (const line of response.headers['set-cookie'] ?? []) keep(url, line)
    const sent = Object.entries(sending.getHeaders()).map(([name, value]) => header(name, String(value)))
    return {
      status: response.statusCode ?? 0,
      body: text,
      signedIn: signedInOf(text),
      newCookie: newCookieOf(response.headers['set-cookie']),
      exchange: {
        request: { method, url, headers: sent, body, bodyHasSession: body?.includes(`${COOKIE}=`) === true },
        response: { status: response.statusCode ?? 0, headers: pairs(response.rawHeaders), body: text },
      },
    }
  }

  const exchange = async (url: string, options: RequestOptions, body?: string): Promise<Exchanged> => {
    const sending = url.startsWith('https:')
      ? httpsRequest(url, { ...options, agent: agents.https })
      : httpRequest(url, { ...options, agent: agents.http })
    sending.end(body)
    try {
      const [response] = (await once(sending, 'response')) as [IncomingMessage]
      return { sending, response }
    } catch (error) {
      // The application has started again, and the connection that was kept from before is dead: a new one, then.
      if (sending.reusedSocket) return exchange(url, options, body)
      throw error
    }
  }

  return {
    get: (url) => send('GET', url),
    post: (url, fields = {}) => send('POST', url, new URLSearchParams(fields).toString()),
    beacon: (url, text) => send('POST', url, text, 'text/plain;charset=UTF-8'),
    cookieFor: (url) => visible(url, true).find((pair) => pair.startsWith(`${COOKIE}=`)),
    scriptView: (url) => visible(url, false).join('; '),
    plant: (url, pair) => keep(url, `${pair}; Path=${new URL('.', `${url}/`).pathname}`),
    close() {
      agents.http.destroy()
      agents.https.destroy()
    },
  }
}

interface Exchanged {
  readonly sending: ClientRequest
  readonly response: IncomingMessage
}

const FORM = 'application/x-www-form-urlencoded'

/** Whatever the name, the application is on this machine. */
const TO_THIS_MACHINE: AgentOptions = {
  keepAlive: true,
  lookup(_name, { all }, answer) {
    if (all === true) answer(null, [{ address: '127.0.0.1', family: 4 }])
    else answer(null, '127.0.0.1', 4)
  },
}

async function readText(response: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of response.setEncoding('utf8')) text += chunk
  return text
}

function pairs(raw: readonly string[]): Header[] {
  const headers: Header[] = []
  for (let index = 0; index + 1 < raw.length; index += 2) headers.push(header(raw[index] ?? '', raw[index + 1] ?? ''))
  return headers
}

function header(name: string, value: string): Header {
  return { name, value, session: /^(?:set-)?cookie$/i.test(name) && value.includes(`${COOKIE}=`) }
}

function newCookieOf(lines: readonly string[] = []): string | undefined {
  const pair = lines.find((line) => line.startsWith(`${COOKIE}=`))?.split(';', 1)[0]
  return pair === undefined || pair === `${COOKIE}=` ? undefined : pair
}

function signedInOf(body: string): string | null {
  return /^\{"signedIn":"(\w+)"/.exec(body)?.[1] ?? null
}
