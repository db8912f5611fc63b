import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createSessions, db, memoryStore, signedCookies, type Session, type SessionsOptions } from '../../src/index.ts'
import { fakeClock } from '../support/clock.ts'

const KEY = 'a key of this test alone, which is long enough'
const ENGINES = {
  db: (clock: ReturnType<typeof fakeClock>) => db(memoryStore({ clock })),
  signedCookies: (clock: ReturnType<typeof fakeClock>) => signedCookies({ endings: memoryStore({ clock }) }),
}

for (const [name, engine] of Object.entries(ENGINES)) {
  describe(`what Django calls a session's, with ${name}`, () => {
    /** One visitor, who keeps the cookie. */
    function visitor(options: Partial<SessionsOptions> = {}) {
      const clock = fakeClock()
      const sessions = createSessions({ keys: [KEY], engine: engine(clock), clock, ...options })
      let cookie: string | undefined
      const visit = async (work: (session: Session) => unknown): Promise<string | undefined> => {
        const headers = new Headers(cookie === undefined ? {} : { cookie })
        const response = await sessions.handle(new Request('https://shop.example/', { headers }), async (session) => {
          await work(session)
          return new Response()
        })
        const [line] = response.headers.getSetCookie()
        if (line !== undefined) cookie = line.split(';')[0]
        return line
      }
      return { clock, visit }
    }

    test('the test cookie works from the next request on, until it is deleted', async () => {
      const { visit } = visitor()
      await visit((session) => {
        assert.equal(session.testCookieWorked(), false)
        session.setTestCookie()
      })
      await visit((session) => {
        assert.equal(session.testCookieWorked(), true)
        session.deleteTestCookie()
      })
      await visit((session) => assert.equal(session.testCookieWorked(), false))
    })

    test('the date of its end is its age from now', async () => {
      const { clock, visit } = visitor({ idleTimeout: 600 })
      await visit((session) => session.set('a', 1))
      await visit((session) => {
        assert.equal(session.getExpiryDate().getTime(), clock.now() + session.getExpiryAge() * 1000)
        session.setExpiry(60)
        assert.equal(session.getExpiryDate().getTime(), clock.now() + 60_000)
      })
    })

    test('whether it ends with the browser is what setExpiry said, or the cookie', async () => {
      for (const maxAge of [undefined, 600]) {
        const { visit } = visitor({ cookie: maxAge === undefined ? {} : { maxAge } })
        const closes = maxAge === undefined
        await visit((session) => {
          assert.equal(session.getExpireAtBrowserClose(), closes)
          session.set('a', 1)
          session.setExpiry(60)
          assert.equal(session.getExpireAtBrowserClose(), false)
        })
        await visit((session) => {
          assert.equal(session.getExpireAtBrowserClose(), false)
          session.setExpiry(0)
          assert.equal(session.getExpireAtBrowserClose(), true)
        })
        await visit((session) => {
          assert.equal(session.getExpireAtBrowserClose(), true)
          session.setExpiry(null)
          assert.equal(session.getExpireAtBrowserClose(), closes)
        })
        await visit((session) => assert.equal(session.getExpireAtBrowserClose(), closes))
      }
    })

    test('modified = true saves what has not changed', async () => {
      const { clock, visit } = visitor({ idleTimeout: 600, expiry: 'since-save' })
      await visit((session) => session.set('a', 1))
      clock.advance(500)
      await visit((session) => {
        assert.equal(session.modified, false)
        session.modified = true
        assert.equal(session.modified, true)
      })
      clock.advance(500)
      await visit((session) => assert.equal(session.get('a'), 1))
    })

    test('modified cannot be taken back, and an expiry is no date', async () => {
      const { visit } = visitor()
      await visit((session) => {
        const refused = { name: 'TypeError', code: 'ERR_OPTION' }
        assert.throws(() => Object.assign(session, { modified: false }), refused)
        assert.throws(() => session.setExpiry(new Date()), refused)
        assert.equal(session.modified, false)
      })
    })
  })
}
