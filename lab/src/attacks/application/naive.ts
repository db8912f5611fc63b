import { randomUUID } from 'node:crypto'
import type { RequestListener } from 'node:http'
import type { Shop, ShopSession } from './shop.ts'
import { COOKIE } from './browser.ts'

/**
 * Sessions as they are often written by hand, in twenty lines. It looks right and works. Its faults are what the
 * attacks on it use; nothing but an attack that is shown with its defence off may run it.
 */
export function naiveSessions({ serve }: Shop): RequestListener {
  const sessions = new Map<string, { subject: string | null; basket: string[] }>()

  return (request, response) => {
    // Fault: an id that we did not make is taken as if we had.
    const id = new RegExp(`${COOKIE}=([^;]*)`).exec(request.headers.cookie ?? '')?.[1] ?? randomUUID()
    const data = sessions.get(id) ?? { subject: null, basket: [] }
    const setCookie = (attributes: string): void =>
      void response.setHeader('set-cookie', `${COOKIE}=${attributes}; Path=/; Secure; HttpOnly; SameSite=Lax`)
    const save = (): void => {
      sessions.set(id, data)
      setCookie(id)
    }

    const session: ShopSession = {
      get subject() {
        return data.subject
      },
      get: () => data.basket,
      set(_key, basket) {
        data.basket = basket
        save()
      },
      async login(subject) {
        // Fault: who is signed in changes, and the id does not.
        data.subject = subject
        save()
      },
      async logout() {
        // Fault: the browser is told to forget the cookie, and the server remembers the session.
        setCookie('; Max-Age=0')
      },
    }
    void serve(request, response, session)
  }
}
