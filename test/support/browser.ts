import { once } from 'node:events'
import { request as httpRequest, type Agent, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly setCookies: readonly string[]
  readonly body: string
  /** The body as JSON; null when it is none. */
  readonly json: Json
}

/** What a probe answers: parsed, not trusted. */
export type Json = { readonly [key: string]: unknown } | null

/** A client with a cookie jar that keeps and removes cookies as Set-Cookie says, and nothing more. */
export interface Browser {
  readonly jar: Map<string, string>
  get(path: string, headers?: Headers): Promise<Answer>
  head(path: string): Promise<Answer>
  post(path: string, body?: unknown, headers?: Headers): Promise<Answer>
  /** What a thief walks off with: the same cookies, from now on a life of their own. */
  copy(): Browser
}

type Headers = Readonly<Record<string, string | readonly string[]>>

export function createBrowser(base: string, agent: Agent, jar: Map<string, string> = new Map()): Browser {
  const send = async (method: string, path: string, body: unknown, headers: Headers): Promise<Answer> => {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await ask(base + path, {
      agent,
      method,
      body,
      headers: { ...(cookie === '' ? {} : { cookie }), ...headers },
    })
    for (const line of answer.setCookies) keep(jar, line)
    return answer
  }
  return {
    jar,
    get: (path, headers = {}) => send('GET', path, undefined, headers),
    head: (path) => send('HEAD', path, undefined, {}),
    post: (path, body = {}, headers = {}) => send('POST', path, body, headers),
    copy: () => createBrowser(base, agent, new Map(jar)),
  }
}

export interface AskOptions {
  readonly agent?: Agent
  readonly method?: string
  readonly body?: unknown
  readonly headers?: Headers
  /** Told of each 1xx response before the answer. */
  readonly onInformation?: (information: unknown) => void
}

export async function ask(
  url: string,
  { agent, method = 'GET', body, headers = {}, onInformation = () => {} }: AskOptions,
): Promise<Answer> {
  const sending = httpRequest(url, {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(agent === undefined ? {} : { agent }),
  })
  sending.on('information', onInformation)
  sending.end(body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body))
  const [response] = (await once(sending, 'response')) as [IncomingMessage]
  let text = ''
  for await (const chunk of response.setEncoding('utf8')) text += chunk
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    setCookies: response.headers['set-cookie'] ?? [],
    body: text,
    json: parse(text),
  }
}

function keep(jar: Map<string, string>, line: string): void {
  const pair = line.split(';', 1)[0] ?? ''
  const equals = pair.indexOf('=')
  if (/;\s*max-age=0\b/i.test(line)) jar.delete(pair.slice(0, equals))
  else jar.set(pair.slice(0, equals), pair.slice(equals + 1))
}

function parse(text: string): Json {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : null
  } catch {
    return null // Plain text, as error pages are.
  }
}
