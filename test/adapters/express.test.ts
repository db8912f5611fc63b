import assert from 'node:assert/strict'
import type { RequestListener } from 'node:http'
import { describe, test } from 'node:test'
import express, { type Express, type NextFunction, type Request, type Response } from 'express'
import express4 from 'express4'
import { expressSessions } from '../../src/adapters/express.ts'
import { createSessions, db, memoryStore, type SessionStore } from '../../src/index.ts'
import type { Browser } from '../support/browser.ts'
import { serve } from '../support/serve.ts'

// What every adapter owes is in test/contracts/adapters.test.ts. This is Express's own life.

for (const [version, make] of [
  ['5', express],
  ['4', express4],
] as const) {
  const start = (routes: (app: Express) => void, store: SessionStore = memoryStore()): Promise<Browser> => {
    const sessions = createSessions({ keys: ['a key of forty characters, 0123456789 abc'], engine: db(store) })
    const app = make().use(expressSessions(sessions))
    routes(app)
    return serve(app as RequestListener)
  }

  describe(`Express ${version}`, () => {
    test('hands a store that cannot be read to the error handler', async () => {
      const store = { ...memoryStore(), find: () => Promise.reject(new Error('unreachable')) }
      const browser = await start((app) => {
        app.get('/', (req, res) => {
          req.session.set('visits', 1)
          res.send('ok')
        })
        app.use((error: Error, _req: Request, res: Response, _next: NextFunction) => {
          res.status(503).send(error.message)
        })
      }, store)
      await browser.get('/')
      const { status, body } = await browser.get('/')
      assert.deepEqual([status, body], [503, 'unreachable'])
    })

    test('sends the first of two answers, although an error handler runs while the commit is under way', async () => {
      const browser = await start((app) => {
        app.get('/', (req, res, next) => {
          req.session.set('visits', 1)
          res.status(200).send('first')
          next(new Error('too late'))
        })
        app.use((_error: Error, _req: Request, res: Response, next: NextFunction) => {
          if (res.headersSent) return next(undefined)
          res.status(500).send('second')
        })
      })
      const { status, body, setCookies } = await browser.get('/')
      assert.deepEqual([status, body, setCookies.length], [200, 'first', 1])
    })

    test('an error handler that answers below 500 keeps what was changed', async () => {
      const browser = await start((app) => {
        app.get('/', (req) => {
          req.session.set('visits', 1)
          throw new Error('boom')
        })
        app.use((_error: Error, _req: Request, res: Response, _next: NextFunction) => void res.status(422).json({}))
      })
      const { status, setCookies } = await browser.get('/')
      assert.deepEqual([status, setCookies.length], [422, 1])
    })
  })
}
