import { randomBytes } from 'node:crypto'
import express, { Router, type Request, type RequestHandler, type Response } from 'express'
import { ENTRY, labAssets, SCRIPTS, type Assets } from 'holdfast-lab/build/assets'
import { attackText } from 'holdfast-lab/content/attacks'
import { TAKEAWAY_TEXTS } from 'holdfast-lab/content/finish'
import { STARTING_SOURCE } from 'holdfast-lab/content/start'
import { STEP_TEXTS, stepText } from 'holdfast-lab/content/steps'
import { progressOf } from 'holdfast-lab/server/progress'
import { takeawaysOf } from 'holdfast-lab/settings/takeaways'
import { attackPage, attacksPage } from '../pages/lab/attack.ts'
import { buildPage } from '../pages/lab/build.ts'
import { finishPage } from '../pages/lab/finish.ts'
import type { LabVisitor } from '../pages/lab/frame.ts'
import { readPage } from '../pages/lab/read.ts'
import { recallPage } from '../pages/lab/recall.ts'
import { labStartPage } from '../pages/lab/start.ts'
import { watchPage } from '../pages/lab/watch.ts'
import type { Page } from '../pages/layout.ts'
import { sendPage } from '../render.ts'

/** The lab's pages. Each can be read without scripts. */
export function labPages(): Router {
  const router = Router()
  router.use('/lab', allowScripts)

  const page = (path: string, make: (visitor: LabVisitor) => Page): void => {
    router.get(path, async (request, response) => sendPage(request, response, make(await visitorOf(request, response))))
  }
  page('/lab', labStartPage)
  page('/lab/read', readPage)
  page('/lab/watch', watchPage)
  page('/lab/attack', attacksPage)
  page('/lab/recall', recallPage)
  page('/lab/finish', finishPage)

  router.get('/lab/build', (request, response) => {
    const { held } = progressOf(request.session)
    const open = STEP_TEXTS.find(({ id }) => !held.includes(id))
    response.redirect(303, open === undefined ? '/lab/finish' : `/lab/build/${open.id}`)
  })

  router.get('/lab/build/:step', async (request, response, next) => {
    const step = stepText(request.params.step)
    if (step === undefined) return next()
    const visitor = await visitorOf(request, response)
    return sendPage(request, response, buildPage(step, visitor.progress.source ?? STARTING_SOURCE, visitor))
  })

  router.get('/lab/attack/:attack', async (request, response, next) => {
    const attack = attackText(request.params.attack)
    if (attack === undefined) return next()
    return sendPage(request, response, attackPage(attack, await visitorOf(request, response)))
  })

  router.get('/lab/finish/:file', (request, response, next) => {
    const takeaway = TAKEAWAY_TEXTS.find(({ file }) => file === request.params.file)
    if (takeaway === undefined) return next()
    const { texts } = takeawaysOf(progressOf(request.session).source)
    response.attachment(takeaway.file).type('text/plain').send(texts[takeaway.file])
  })

  return router
}

/** What the browser fetches for them. The address carries the version, so what is behind it never changes. */
export function labScripts(): RequestHandler {
  return express.static(SCRIPTS, { index: false, immutable: true, maxAge: '1y' })
}

async function visitorOf({ session }: Request, response: Response): Promise<LabVisitor> {
  assets ??= labAssets()
  const { version } = await assets
  return {
    progress: progressOf(session),
    scripts: `/lab/scripts/${version}/${ENTRY}`,
    nonce: String(response.locals['nonce']),
  }
}

let assets: Promise<Assets> | undefined

/**
 * The lab's pages run scripts of this site, and show pages of the applications under attack in a frame. The nonce is
 * for the editor, which brings its styles along.
 */
const allowScripts: RequestHandler = (_request, response, next) => {
  const nonce = randomBytes(16).toString('base64')
  response.locals['nonce'] = nonce
  response.set(
    'content-security-policy',
    [
      "default-src 'none'",
      "script-src 'self'",
      `style-src 'self' 'nonce-${nonce}'`,
      "img-src 'self'",
      "connect-src 'self'",
      'frame-src http://localhost:*',
      "form-action 'self'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ].join(';'),
  )
  next()
}
