import { HoldfastError } from 'holdfast'
import { LAB_ATTACKS, LAB_STEPS } from '../attacks/all.ts'
import { startApplication, type Application, type ApplicationOptions } from '../attacks/application/start.ts'
import { live } from '../attacks/life.ts'
import type { Live } from '../attacks/outcome.ts'
import { STRONG } from '../attacks/strong.ts'
import type { Moment } from '../shared/api.ts'
import type { Job, Results } from './jobs.ts'

/** A job that is done. The application runs on until `close`: there may be a live page. */
export interface Performed {
  readonly result: Results[Job['kind']]
  readonly loot: Promise<string> | undefined
  close(): Promise<void>
}

/** @param onStart Told of the application as soon as there is one, so that it can be closed whatever happens next. */
export async function perform(job: Job, onStart: (application: Application) => void): Promise<Performed> {
  const start = async (options: ApplicationOptions): Promise<Application> => {
    const { framedBy } = job
    const application = await startApplication(framedBy === undefined ? options : { ...options, framedBy })
    onStart(application)
    return application
  }
  switch (job.kind) {
    case 'check': {
      const step = LAB_STEPS[job.step]
      const { settings } = job
      let application
      try {
        application = await start({ sessions: settings, ...(step.path === undefined ? {} : { path: step.path }) })
      } catch (error) {
        if (!(error instanceof HoldfastError)) throw error
        return { result: notStarted(error), loot: undefined, close: async () => {} }
      }
      const { live: page, ...outcome } = await step.run(application, settings)
      return performed(application, job, page, { ...outcome, timeline: application.timeline.moments })
    }
    case 'attack': {
      const attack = LAB_ATTACKS[job.attack]
      const application = await start(attack[job.defence])
      const { live: page, ...outcome } = await attack.run(application)
      const { defenceName } = attack
      return performed(application, job, page, { ...outcome, defenceName, timeline: application.timeline.moments })
    }
    case 'watch': {
      const application = await start({ sessions: STRONG })
      return performed(application, job, undefined, { frames: await live(application) })
    }
  }
}

function performed(
  application: Application,
  { framedBy }: Job,
  page: Live | undefined,
  result: Results[Job['kind']],
): Performed {
  const isShown = page !== undefined && framedBy !== undefined
  return {
    result: isShown ? { ...result, page: page.page } : result,
    loot: isShown ? page.loot : undefined,
    close: () => application.close(),
  }
}

/** Settings under which nothing starts have done something to the application, too. */
function notStarted({ message }: HoldfastError): Results['check'] {
  const why = message.replace(/^A Django setting is wrong: /, '').replace(/\. Correct the setting; .*$/s, '.')
  const says = (actor: Moment['actor'], text: string, good?: boolean): Moment => ({
    at: 0,
    actor,
    says: text,
    exchange: undefined,
    good,
  })
  return {
    holds: false,
    headline: 'With these settings the application does not start.',
    findings: [{ good: false, says: why }],
    timeline: [says('operator', 'Starts the application.'), says('application', `Refuses to start: ${why}`, false)],
  }
}
