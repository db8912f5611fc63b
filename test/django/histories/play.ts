import type { Session } from '../../../src/core/session.ts'
import type { Sessions } from '../../../src/core/sessions.ts'
import { updateSessionAuthHash } from '../../../src/django.ts'

/** One thing a view does: the name of a method, as Python or TypeScript spells it, and what it is given. */
export type Step = readonly [name: string, ...args: readonly unknown[]]

/** What a visitor and a look into the tables can tell of one visit. */
export interface Visit {
  readonly status: number
  readonly cookie: { readonly value: string; readonly maxAge: number | null } | null
  readonly line: string | null
  readonly vary: string
  readonly seen: readonly unknown[]
}

/** The same view in Holdfast. `password` is told what Django made of the password. */
export interface Site {
  readonly sessions: Sessions<Record<string, unknown>>
  readonly cookieName: string
  readonly setPassword: (pk: string) => Promise<string | undefined>
  readonly now: () => number
}

export async function visitHoldfast(
  { sessions, cookieName, setPassword, now }: Site,
  cookie: string | null,
  steps: readonly Step[],
  status: number,
): Promise<Visit> {
  const seen: unknown[] = []
  const headers = new Headers(cookie === null ? {} : { cookie: `${cookieName}=${cookie}` })
  const request = new Request('http://127.0.0.1/', { headers })
  const response = await sessions.handle(request, async (session) => {
    for (const [name, ...args] of steps) seen.push((await take(session, name, args)) ?? null)
    return new Response(null, { status })
  })
  const [line = null, ...others] = response.headers.getSetCookie()
  if (others.length > 0) throw new Error('two cookies')
  const value = /^[^=]*=([^;]*)/.exec(line ?? '')?.[1] ?? ''
  const maxAge = /Max-Age=(-?\d+)/i.exec(line ?? '')?.[1]
  return {
    status: response.status,
    cookie: line === null ? null : { value, maxAge: maxAge === undefined ? null : Number(maxAge) },
    line,
    vary: response.headers.get('vary') ?? '',
    seen,
  }

  async function take(session: Session<Record<string, unknown>>, name: string, args: readonly unknown[]) {
    const [key, value] = args as [string, unknown]
    switch (name) {
      case 'user':
        return session.subject
      case 'login':
        return session.login(key)
      case 'logout':
        return void (await session.logout())
      case 'flush':
        return void (await session.flush())
      case 'password': {
        if (session.subject === null) return undefined
        const encoded = await setPassword(session.subject)
        await updateSessionAuthHash(session)
        return encoded
      }
      case 'get':
        return session.get(key)
      case 'set':
        return session.set(key, value)
      case 'pop': {
        const popped = session.get(key)
        session.delete(key)
        return popped
      }
      case 'setdefault':
        if (!session.has(key)) session.set(key, value)
        return session.get(key)
      case 'append': {
        const list = session.get(key)
        if (Array.isArray(list)) list.push(value)
        return undefined
      }
      case 'modified':
        session.modified = true
        return undefined
      case 'cycleKey':
        return session.cycleKey()
      case 'setExpiry': {
        const [expiry] = args as [number | null | { ms: number }]
        return session.setExpiry(typeof expiry === 'object' && expiry !== null ? new Date(now() + expiry.ms) : expiry)
      }
      case 'age':
        return session.getExpiryAge()
      case 'date':
        return session.getExpiryDate().toISOString()
      case 'browserClose':
        return session.getExpireAtBrowserClose()
      case 'setTestCookie':
        return session.setTestCookie()
      case 'testCookieWorked':
        return session.testCookieWorked()
      case 'deleteTestCookie':
        if (session.testCookieWorked()) session.deleteTestCookie()
        return undefined
      case 'isEmpty':
        return session.isEmpty
      case 'isModified':
        return session.modified
      default:
        throw new Error(`no step '${name}'`)
    }
  }
}
