// Frameworks whose own types do not pass a check of all libraries.
import { serve } from '@hono/node-server'
import { createSessions } from 'holdfast'
import { honoSessions } from 'holdfast/hono'
import { koaSessions } from 'holdfast/koa'
import { Hono } from 'hono'
import Koa from 'koa'

declare module 'holdfast' {
  interface SessionData {
    cart: string[]
  }
}

const sessions = createSessions({ keys: [''] })
const hono = new Hono().use(honoSessions(sessions)).get('/', (c) => {
  const cart: string[] | undefined = c.get('session').get('cart')
  // @ts-expect-error -- a cart is a list
  c.var.session.set('cart', 1)
  return c.json(cart ?? [])
})
new Hono<{ Variables: { other: string } }>().use(honoSessions(sessions))
serve({ fetch: hono.fetch })
new Koa<{ user: string }, { other: string }>().use(koaSessions(sessions))
new Koa().use(koaSessions(sessions)).use((ctx) => {
  const cart: string[] | undefined = ctx.session.get('cart')
  // @ts-expect-error -- a cart is a list
  ctx.session.set('cart', 1)
  ctx.body = cart
})
