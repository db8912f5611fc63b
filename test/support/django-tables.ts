import { DatabaseSync } from 'node:sqlite'
import { djangoSqlite, sessionsFromSettings, type SharedExtras, type SharedSettings } from '../../src/django.ts'
import type { Session } from '../../src/core/session.ts'
import type { Sessions } from '../../src/core/sessions.ts'

/** Django's tables as its migrations make them, for tests in which no Django runs. */
export interface DjangoTables {
  readonly database: DatabaseSync
  readonly sessions: Sessions<Record<string, unknown>>
  readonly rows: () => { key: string; text: string }[]
  /** One request: the cookie it brings, and the key that the response leaves with the browser. */
  readonly visit: (
    key: string | null,
    work: (session: Session<Record<string, unknown>>) => unknown,
    more?: { readonly status?: number; readonly headers?: Readonly<Record<string, string>> },
  ) => Promise<Answer>
}

export interface Answer {
  readonly status: number
  /** What the browser has now: null for no cookie. */
  readonly key: string | null
  readonly setCookie: string | undefined
  readonly vary: string | null
}

export const DJANGO_KEY = 'a SECRET_KEY of fifty characters, and of a few more'

export function makeDjangoTables(
  settings: Partial<SharedSettings> = {},
  extras: Partial<SharedExtras> = {},
): DjangoTables {
  const database = new DatabaseSync(':memory:')
  database.exec(TABLES)
  const addUser = database.prepare('INSERT INTO auth_user VALUES (?, ?, NULL, 0, ?, ?, ?, ?, 0, ?, ?)')
  for (const [id, name] of [
    [1, 'ada'],
    [2, 'grace'],
  ] as const) {
    addUser.run(id, `pbkdf2_sha256$1$salt$${name}`, name, name, '', `${name}@example.com`, 1, '2030-01-01 00:00:00')
  }
  const sessions = sessionsFromSettings<Record<string, unknown>>(
    { SECRET_KEY: DJANGO_KEY, USE_TZ: true, SESSION_COOKIE_SECURE: true, ...settings },
    { beside: djangoSqlite(database), ...extras },
  )
  return {
    database,
    sessions,
    rows: () =>
      database.prepare('SELECT session_key AS key, session_data AS text FROM django_session').all() as {
        key: string
        text: string
      }[],
    async visit(key, work, { status = 200, headers = {} } = {}) {
      const cookie: Record<string, string> = key === null ? {} : { cookie: `sessionid=${key}` }
      const request = new Request('https://example.com/', { headers: { ...cookie, ...headers } })
      const response = await sessions.handle(request, async (session) => {
        await work(session)
        return new Response(null, { status })
      })
      const [setCookie] = response.headers.getSetCookie()
      const value = /^sessionid=([^;]*)/.exec(setCookie ?? '')?.[1]
      return {
        status: response.status,
        key: value === undefined ? key : value === '' ? null : value,
        setCookie,
        vary: response.headers.get('vary'),
      }
    },
  }
}

const TABLES = `
  CREATE TABLE django_session (session_key varchar(40) NOT NULL PRIMARY KEY, session_data text NOT NULL, expire_date datetime NOT NULL);
  CREATE INDEX django_session_expire_date_a5c62663 ON django_session (expire_date);
  CREATE TABLE auth_user (
    id integer NOT NULL PRIMARY KEY AUTOINCREMENT, password varchar(128) NOT NULL, last_login datetime NULL,
    is_superuser bool NOT NULL, username varchar(150) NOT NULL UNIQUE, first_name varchar(150) NOT NULL,
    last_name varchar(150) NOT NULL, email varchar(254) NOT NULL, is_staff bool NOT NULL, is_active bool NOT NULL,
    date_joined datetime NOT NULL)`
