import { fileURLToPath } from 'node:url'
import express, { type Express } from 'express'
import helmet from 'helmet'
import { expressSessions } from 'holdfast/express'
import { limitAttempts } from './attempts.ts'
import { errorPages, notFound } from './errors.ts'
import { accessRoutes } from './routes/access.ts'
import { accountRoutes } from './routes/account.ts'
import { deviceRoutes } from './routes/devices.ts'
import { labPages, labScripts } from './routes/lab-pages.ts'
import { shopRoutes } from './routes/shop.ts'
import { sameOriginOnly } from './same-origin.ts'
import type { Site } from './site.ts'

/** The whole application, in the order in which a request goes through it. */
export function createApp(site: Site): Express {
  const app = express()
  app.set('etag', false)
  app.set('trust proxy', site.proxies)
  app.use(helmet(HEADERS))
  // Before the sessions too: it says that this process answers, whatever the servers do that it needs.
  app.get('/health', (_request, response) => void response.json({ process: process.pid }))
  // Before the sessions: a picture needs none.
  app.use(express.static(PUBLIC, { index: false, maxAge: '1h' }))
  app.use('/lab/scripts', labScripts())
  app.use(sameOriginOnly(site.origins))
  app.use(expressSessions(site.sessions))
  app.use('/lab/api', site.lab.routes)
  app.use(express.urlencoded({ extended: false, limit: '16kb' }))

  const attempts = limitAttempts(site.counters)
  app.use(shopRoutes(), accessRoutes(site, attempts), accountRoutes(site, attempts), deviceRoutes(site), labPages())
  app.use(notFound, errorPages)
  return app
}

const PUBLIC = fileURLToPath(new URL('../public', import.meta.url))

const HEADERS = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      imgSrc: ["'self'"],
      styleSrc: ["'self'"],
      formAction: ["'self'"],
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
    },
  },
  // Not `no-referrer`: with it browsers send `Origin: null` even to ourselves, and same-origin.ts needs the truth.
  referrerPolicy: { policy: 'same-origin' },
} as const
