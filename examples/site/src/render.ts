import type { Request, Response } from 'express'
import { countOf } from './basket.ts'
import { layout, type Page } from './pages/layout.ts'

/** Sends a page to a visitor, with their navigation and the message that waits for them. */
export async function sendPage(request: Request, response: Response, page: Page, status = 200): Promise<void> {
  const { session } = request
  // `take` asks the store, so that two tabs cannot both show the message; `has` costs nothing.
  const flash = session.has('flash') ? await session.take('flash') : undefined
  const markup = layout(page, {
    signedIn: session.subject !== null,
    basketCount: countOf(session.get('basket') ?? {}),
    flash,
    path: request.path,
  })
  response.status(status).type('html').send(markup)
}
