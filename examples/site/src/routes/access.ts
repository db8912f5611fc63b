import { Router, type Request } from 'express'
import { LONGEST_EMAIL, type AttemptLimits } from '../attempts.ts'
import { fieldOf } from '../form.ts'
import { localPath } from '../local-path.ts'
import { goodbyePage, signInPage, signUpPage } from '../pages/access.ts'
import type { Problems } from '../pages/form.ts'
import { hashPassword, verifyPassword } from '../passwords.ts'
import { passwordProblem } from '../password-rules.ts'
import { sendPage } from '../render.ts'
import type { Site } from '../site.ts'

/** Coming and going: sign up, sign in, sign out. */
export function accessRoutes({ sessions, users }: Site, attempts: AttemptLimits): Router {
  const router = Router()

  router.get('/sign-up', (request, response) => {
    const next = nextOf(request.query['next'])
    if (request.session.subject !== null) return response.redirect(303, next)
    return sendPage(request, response, signUpPage({ name: '', email: '', next }))
  })

  router.post('/sign-up', attempts.signUp, async (request, response) => {
    const form = { ...typed(request), name: fieldOf(request, 'name').trim() }
    const password = fieldOf(request, 'password')
    const problems = problemsOf(form, password)
    const refuse = (found: Problems): Promise<void> => sendPage(request, response, signUpPage(form, found), 422)
    if (Object.keys(problems).length > 0) return refuse(problems)

    const user = await users.add({ ...form, passwordHash: await hashPassword(password) })
    // A shop that sends mail would say "look into your mail" here, and not tell strangers who its customers are.
    if (user === undefined) return refuse({ email: 'There is an account with this address already.' })
    await request.session.login(user.id)
    request.session.set('flash', `Welcome aboard, ${user.name}.`)
    response.redirect(303, form.next)
  })

  router.get('/sign-in', (request, response) => {
    const next = nextOf(request.query['next'])
    if (request.session.subject !== null) return response.redirect(303, next)
    return sendPage(request, response, signInPage({ email: '', next }))
  })

  router.post('/sign-in', attempts.address, attempts.signIn, async (request, response) => {
    const form = typed(request)
    const id = await users.idOf(form.email)
    // Read before the hash: if the password changes from here on, this login is refused.
    const since = await sessions.epoch(id ?? 'nobody')
    const hash = id === undefined ? undefined : await users.passwordHashOf(id)
    const isRight = await verifyPassword(fieldOf(request, 'password'), hash)
    if (id === undefined || !isRight) {
      // The same words, after the same work, whether the account exists or not.
      return sendPage(request, response, signInPage(form, { '': 'E-mail address or password is wrong.' }), 422)
    }
    await request.session.login(id, { since })
    request.session.set('flash', 'Welcome back aboard.')
    response.redirect(303, form.next)
  })

  router.post('/sign-out', async (request, response) => {
    await request.session.logout()
    response.redirect(303, '/signed-out')
  })

  router.get('/signed-out', (request, response) =>
    sendPage(request, response, goodbyePage('Fair winds', 'You are signed out on this device.')),
  )

  return router
}

function typed(request: Request): { email: string; next: string } {
  return { email: fieldOf(request, 'email').trim(), next: nextOf(fieldOf(request, 'next')) }
}

function nextOf(value: unknown): string {
  return localPath(value, '/account')
}

function problemsOf({ name, email }: { name: string; email: string }, password: string): Problems {
  const weak = passwordProblem(password)
  return {
    ...(name === '' && { name: 'Please give your name.' }),
    ...(name.length > LONGEST_NAME && { name: `Please give a name of at most ${LONGEST_NAME} characters.` }),
    ...(!isEmail(email) && { email: 'Please give an e-mail address, such as ann@example.org.' }),
    ...(weak !== undefined && { password: weak }),
  }
}

const LONGEST_NAME = 80

function isEmail(text: string): boolean {
  return text.length <= LONGEST_EMAIL && /^[^\s@]+@[^\s@]+$/.test(text)
}
