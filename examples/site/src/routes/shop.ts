import { Router } from 'express'
import { MOST_OF_ONE, withQuantity } from '../basket.ts'
import { findArticle } from '../catalogue.ts'
import { fieldOf } from '../form.ts'
import { basketPage } from '../pages/basket.ts'
import { shopPage } from '../pages/shop.ts'
import { sendPage } from '../render.ts'

/** The shop and the basket, for everyone. A visitor has no session until something goes into the basket. */
export function shopRoutes(): Router {
  const router = Router()

  router.get('/', (request, response) => sendPage(request, response, shopPage()))

  router.get('/basket', (request, response) => {
    const { session } = request
    return sendPage(request, response, basketPage(session.get('basket') ?? {}, session.subject !== null))
  })

  router.post('/basket', (request, response, next) => {
    const article = findArticle(fieldOf(request, 'article'))
    if (article === undefined) return next()
    const { slug, name } = article
    const { session } = request
    const isFull = session.get('basket')?.[slug] === MOST_OF_ONE
    // Two tabs at once: both articles are in the basket afterwards.
    session.update('basket', (basket = {}) => withQuantity(basket, slug, (basket[slug] ?? 0) + 1))
    session.set('flash', isFull ? `We sell no more than ${MOST_OF_ONE} at once: ${name}.` : `In your basket: ${name}.`)
    response.redirect(303, '/basket')
  })

  router.post('/basket/quantity', (request, response, next) => {
    const article = findArticle(fieldOf(request, 'article'))
    const quantity = fieldOf(request, 'remove') === 'yes' ? 0 : Number(fieldOf(request, 'quantity') || NaN)
    if (article === undefined || !Number.isInteger(quantity)) return next()
    request.session.update('basket', (basket = {}) => withQuantity(basket, article.slug, quantity))
    response.redirect(303, '/basket')
  })

  return router
}
