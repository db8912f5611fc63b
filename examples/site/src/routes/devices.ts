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

  const end = async (request: Request, response: Response, { id }: User): Promise<void> => {
    // The form names a session, but the owner decides whose: nobody ends another person's.
    const { revoked } = await sessions.revoke(fieldOf(request, 'id'), { subject: id })
    request.session.set('flash', revoked ? 'That device is signed out.' : 'That device was signed out already.')
    response.redirect(303, '/account/devices')
  }
  router.post('/account/devices/end', forOwner(users, end))

  const endOthers = async (request: Request, response: Response, { id }: User): Promise<void> => {
    await sessions.revokeAll(id, { except: request.session.id })
    request.session.set('flash', 'You are signed in on this device only.')
    response.redirect(303, '/account/devices')
  }
  router.post('/account/devices/end-others', forOwner(users, endOthers))

  return router
}
