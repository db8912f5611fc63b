import type { JsonValue, RequestLike, Session, Sessions } from '../../src/index.ts'

export type Anything = Record<string, JsonValue>

/** One browser without a server: it keeps the cookie from visit to visit. */
export interface Visitor {
  /** A whole request. Answers what the handler answered, once it is committed. */
  visit<Data, T>(
    sessions: Sessions<Data>,
    handle: (session: Session<Data>) => T | Promise<T>,
    status?: number,
  ): Promise<T>
  /** Only the way in: for requests that overlap. */
  open<Data>(sessions: Sessions<Data>): Promise<Session<Data>>
  copy(): Visitor
  /** `name=value`, as it would be sent. */
  readonly cookie: string | undefined
}

export function createVisitor(cookie?: string): Visitor {
  const request = (): RequestLike => ({ headers: cookie === undefined ? {} : { cookie } })
  return {
    async visit(sessions, handle, status = 200) {
      const session = await sessions.open(request())
      const answer = await handle(session)
      const { setCookie } = await sessions.commit(session, { status })
      if (setCookie !== undefined) cookie = setCookie.split(';')[0]
      return answer
    },
    open: async (sessions) => sessions.open(request()),
    copy: () => createVisitor(cookie),
    get cookie() {
      return cookie
    },
  }
}

/** All that a session holds, to be read with sessions that have no schema. */
export function allOf(session: Session<Anything>): Anything {
  return Object.fromEntries(session.keys().map((key) => [key, session.get(key) ?? null]))
}
