import express, { type Express, type RequestHandler } from 'express'
import type { Sessions } from 'holdfast'
import { djangoUser } from 'holdfast/django'
import { expressSessions } from 'holdfast/express'
import { CATALOGUE, readBasket, withQuantity } from './basket.ts'
import { cartPage } from './page.ts'

/** The route that has moved: /cart, on the sessions of Django. */
export function cartService(sessions: Sessions): Express {
  const app = express().disable('x-powered-by')
  app.use('/cart', sameOriginOnly, express.urlencoded({ extended: false }), expressSessions(sessions))

  app.get('/cart', async (request, response) => {
    const { session } = request
    const user = await djangoUser(session)
    response.set('cache-control', 'no-store')
    response.send(cartPage({ basket: readBasket(session.get('basket')), username: user?.username }))
  })

  app.post('/cart/change', (request, response) => {
    const { slug, by } = request.body as Record<string, unknown>
    const step = by === '1' ? 1 : by === '-1' ? -1 : 0
    if (typeof slug !== 'string' || !CATALOGUE.has(slug) || step === 0) {
      response.sendStatus(400)
      return
    }
    request.session.update('basket', (stored) => {
      const basket = readBasket(stored)
      return withQuantity(basket, slug, (basket[slug] ?? 0) + step)
    })
    response.redirect(303, '/cart/')
  })

  app.post('/cart/sign-out', async (request, response) => {
    await request.session.logout()
    response.redirect(303, '/')
  })
  return app
}

/** What Django's CSRF token is for. Browsers set this header, and scripts cannot. */
const sameOriginOnly: RequestHandler = (request, response, next) => {
  const isSafe = request.method === 'GET' || request.method === 'HEAD'
  if (isSafe || request.get('sec-fetch-site') === 'same-origin') next()
  else response.sendStatus(403)
}
