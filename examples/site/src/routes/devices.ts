import { Router, type Request, type Response } from 'express'
import { fieldOf } from '../form.ts'
import { forOwner } from '../owner.ts'
import { devicesPage } from '../pages/devices.ts'
import { sendPage } from '../render.ts'
import type { Site } from '../site.ts'
import type { User } from '../users.ts'

/** Where the owner is signed in, and ending it. */
export function deviceRoutes({ sessions, users }: Site): Router {
  const router = Router()

  const show = async (request: Request, response: Response, { id }: User): Promise<void> =>
    sendPage(request, response, devicesPage(await sessions.list(id), request.session.id))
  router.get('/account/devices', forOwner(users, show))

  const signOut = async (request: Request, response: Response, { id }: User): Promise<void> => {
    request.session.set('flash', await end(fieldOf(request, 'end'), id, request.session.id))
    response.redirect(303, '/account/devices')
  }
  router.post('/account/devices', forOwner(users, signOut))

  return router

  async function end(which: string, owner: string, here: string | null): Promise<string> {
    if (which === 'others') {
      await sessions.revokeAll(owner, { except: here })
      return 'You are signed in on this device only.'
    }
    // The form names a session, but the owner decides whose: nobody ends another person's.
    const { revoked } = await sessions.revoke(which, { subject: owner })
    return revoked ? 'That device is signed out.' : 'That one had ended already. This is where you are signed in now.'
  }
}
