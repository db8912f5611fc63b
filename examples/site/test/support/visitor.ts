/** What a visitor gets for one request. Redirects are answers too. */
export interface Reply {
  readonly status: number
  readonly headers: Headers
  /** Where a redirect leads. */
  readonly location: string | null
  readonly body: string
}

/** A browser without a screen: it keeps cookies, and sends forms as browsers do. */
export interface Visitor {
  readonly jar: Map<string, string>
  get(path: string, headers?: HeaderPairs): Promise<Reply>
  /** One request, with exactly these headers besides the cookies. */
  post(path: string, fields?: Fields, headers?: HeaderPairs): Promise<Reply>
  /** A form of the site: sent from its own page, and followed to where it leads. */
  submit(path: string, fields?: Fields): Promise<Reply & { path: string }>
}

type Fields = Readonly<Record<string, string>>
type HeaderPairs = Readonly<Record<string, string>>

/** What carries a request: `fetch`, or something that chooses the process. */
export type Send = (url: string, init: RequestInit) => Promise<Response>

export function visit(
  address: string,
  headers: HeaderPairs = {},
  jar: Map<string, string> = new Map(),
  carry: Send = fetch,
): Visitor {
  const send = async (method: string, path: string, more: HeaderPairs, fields?: Fields): Promise<Reply> => {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await carry(address + path, {
      method,
      redirect: 'manual',
      headers: { ...(cookie === '' ? {} : { cookie }), ...headers, ...more },
      ...(fields === undefined ? {} : { body: new URLSearchParams(fields) }),
    })
    for (const line of response.headers.getSetCookie()) keep(jar, line)
    const location = response.headers.get('location')
    return { status: response.status, headers: response.headers, location, body: await response.text() }
  }
  return {
    jar,
    get: (path, more = {}) => send('GET', path, more),
    post: (path, fields = {}, more = {}) => send('POST', path, more, fields),
    async submit(path, fields = {}) {
      let reply = await send('POST', path, { 'sec-fetch-site': 'same-origin' }, fields)
      while (reply.location !== null) {
        path = reply.location
        reply = await send('GET', path, {})
      }
      return { ...reply, path }
    },
  }
}

function keep(jar: Map<string, string>, line: string): void {
  const pair = line.split(';', 1)[0] ?? ''
  const equals = pair.indexOf('=')
  if (/;\s*max-age=0\b/i.test(line)) jar.delete(pair.slice(0, equals))
  else jar.set(pair.slice(0, equals), pair.slice(equals + 1))
}
