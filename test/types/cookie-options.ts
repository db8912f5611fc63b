import { createSessions, type CookieOptions } from '../../src/index.ts'

// Nothing here runs: it must compile, and each line under an @ts-expect-error must not.

export const accepted: CookieOptions[] = [
  {},
  { sameSite: 'strict', maxAge: 60 },
  { name: '__Host-id', path: '/' },
  { name: '__Secure-id', domain: 'example.com', path: '/app' },
  { name: 'sid', secure: false },
]

export const refused: CookieOptions[] = [
  // @ts-expect-error -- a __Host- cookie has no domain
  { name: '__Host-id', domain: 'example.com', sameSite: 'LAX' },
  // @ts-expect-error -- the default name is a __Host- one
  { path: '/app' },
  // @ts-expect-error -- the default name is a __Host- one
  { secure: false },
  // @ts-expect-error -- browsers know three values
  { name: 'sid', sameSite: 'Lax' },
]

export async function typedData(): Promise<void> {
  const sessions = createSessions<{ cart: string[]; visits: number }>({ keys: [] })
  const session = await sessions.open(new Request('http://localhost'))
  session.update('cart', (cart = []) => [...cart, 'rope'])
  const visits: number | undefined = session.get('visits')
  session.set('visits', (visits ?? 0) + 1)
  // @ts-expect-error -- a number is no cart
  session.set('cart', 1)
  // @ts-expect-error -- no such key
  session.get('basket')
  // @ts-expect-error -- keys are never optional
  createSessions({})
}
