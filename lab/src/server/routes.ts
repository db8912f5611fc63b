import express, { Router, type ErrorRequestHandler, type Request, type RequestHandler } from 'express'
import { ipKeyGenerator, rateLimit } from 'express-rate-limit'
// For `request.session`.
import type {} from 'holdfast/express'
import { QUESTIONS } from '../content/quiz.ts'
import { readSettings } from '../settings/read.ts'
import type { AnswerReport, AttackReport, CheckReport, Reading, Refusal, WatchReport } from '../shared/api.ts'
import { BODY_LIMIT, LIMITS, type Limits } from './limits.ts'
import { forgetAnswers, learnerOf, noteAnswer, noteCheck, progressOf } from './progress.ts'
import { Refused, RETRY_SECONDS } from './refused.ts'
import { readAnswer, readAttack, readCheck, readSource } from './requests.ts'
import { createRunner } from './runner.ts'
import { createRuns } from './runs.ts'

export interface Lab {
  /** To be mounted at `/lab/api`, behind the sessions and whatever refuses requests of other sites. */
  readonly routes: Router
  close(): Promise<void>
}

export function openLab(limits: Partial<Limits> = {}): Lab {
  const all = { ...LIMITS, ...limits }
  const runner = createRunner(all)
  const runs = createRuns(runner, all)
  const runLimit = limit(all.runsAMinute)
  const readLimit = limit(all.readingsAMinute)
  const lookLimit = limit(all.looksAMinute)
  const framed = (request: Request) => (all.mostLive === 0 ? {} : frameOf(request))
  const routes = Router()
  routes.use(express.json({ limit: BODY_LIMIT }), noStore)

  routes.post('/read', readLimit, (request, response) => {
    const { reading } = readSettings(readSource(request.body))
    response.json(reading satisfies Reading)
  })

  routes.post('/check', runLimit, async (request, response) => {
    const { session } = request
    const { step, ...source } = readCheck(request.body)
    const { settings, reading } = readSettings(source)
    if (settings === undefined) {
      const progress = noteCheck(session, source, undefined)
      return response.json(unreadable(step, reading, progress))
    }
    const job = { kind: 'check', step, settings, ...framed(request) } as const
    const { result, page } = await runs.run(learnerOf(session), job)
    const { holds, headline, findings, timeline } = result
    const progress = noteCheck(session, source, holds ? step : undefined)
    const verdict = holds ? 'holds' : 'broken'
    const report: CheckReport = { step, verdict, headline, findings, problems: [], timeline, page, progress }
    return response.json(report)
  })

  routes.post('/attack', runLimit, async (request, response) => {
    const { attack, defence } = readAttack(request.body)
    const job = { kind: 'attack', attack, defence, ...framed(request) } as const
    const { result, page } = await runs.run(learnerOf(request.session), job)
    const { headline, defenceName, timeline } = result
    const outcome = result.succeeded ? 'succeeded' : 'stopped'
    response.json({ attack, defence, outcome, headline, defenceName, timeline, page } satisfies AttackReport)
  })

  routes.post('/watch', runLimit, async (request, response) => {
    const { result } = await runs.run(learnerOf(request.session), { kind: 'watch' })
    response.json(result satisfies WatchReport)
  })

  routes.get('/runs/:run', lookLimit, (request, response) => {
    const learner = request.session.get('lab')?.learner ?? ''
    response.json({ loot: runs.loot(learner, String(request.params['run'])) })
  })

  routes.get('/progress', lookLimit, (request, response) => {
    response.json(progressOf(request.session))
  })

  routes.post('/answer', lookLimit, (request, response) => {
    const { question, choice } = readAnswer(request.body)
    const asked = QUESTIONS.find(({ id }) => id === question)
    if (asked === undefined || asked.choices[choice] === undefined) {
      throw new Refused(400, 'There is no such question, or no such choice.')
    }
    const { correct, explanation } = asked
    const progress = noteAnswer(request.session, question, choice)
    const report: AnswerReport = { right: choice === correct, correctChoice: correct, explanation, progress }
    response.json(report)
  })

  routes.post('/again', lookLimit, (request, response) => {
    response.json(forgetAnswers(request.session))
  })

  routes.use(noRoute, refusals)
  return { routes, close: () => runner.close() }
}

function unreadable(step: CheckReport['step'], { problems }: Reading, progress: CheckReport['progress']): CheckReport {
  return {
    step,
    verdict: 'unreadable',
    headline: 'The settings cannot be read, so no application was started.',
    findings: [],
    problems,
    timeline: [],
    page: undefined,
    progress,
  }
}

/**
 * A live page is on a port of its own under the name localhost. Only a browser that knows this site by that name too
 * can reach it, and sends it the cookie: to a page of another site's frame it would not.
 */
function frameOf({ protocol, host }: Request): { readonly framedBy?: string } {
  return protocol === 'http' && /^localhost(?::\d{1,5})?$/.test(host) ? { framedBy: `http://${host}` } : {}
}

function limit(most: number): RequestHandler {
  return rateLimit({
    windowMs: 60_000,
    limit: most,
    keyGenerator: ({ ip = '' }) => ipKeyGenerator(ip),
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    handler: (_request, _response, next) => {
      next(new Refused(429, 'That was a lot for one minute. Please wait for the next one.'))
    },
  })
}

const noStore: RequestHandler = (_request, response, next) => {
  response.set('cache-control', 'no-store')
  next()
}

const noRoute: RequestHandler = (_request, _response, next) => {
  next(new Refused(404, 'The lab has no such address.'))
}

const refusals: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (response.headersSent) return next(error)
  const { status, message } = refusalOf(error)
  if (status === 503) response.set('retry-after', String(RETRY_SECONDS))
  response.status(status).json({ error: message } satisfies Refusal)
}

function refusalOf(error: unknown): { readonly status: number; readonly message: string } {
  if (error instanceof Refused) return error
  // What Express's own parser raises carries its status; what Holdfast raises as well.
  const status = typeof error === 'object' && error !== null && 'status' in error ? error.status : undefined
  if (status === 413) return { status, message: 'That is more than the lab reads.' }
  if (typeof status === 'number' && status >= 400 && status < 500)
    return { status, message: 'The lab could not read that.' }
  console.error(error)
  return { status: 500, message: 'Something broke in the lab. Please try again.' }
}
