import type { Finding } from '../shared/api.ts'
import type { Browser } from './application/browser.ts'
import type { Application } from './application/start.ts'
import type { LabStep } from './outcome.ts'
import { signIn, tryCookie } from './people.ts'

const READS = 100
/** So many of them may reach the database: the first, and one whose copy was just renewed. */
const FEW = 5

/** Fast by a cache, kept by a database: the third step looks at both, and at a logout while the cache is away. */
export const engine: LabStep = {
  async run(application) {
    const ada = application.browser()
    const reads = await countReads(application, ada)
    const isKept = await loseTheCache(application, ada)
    const staysOut = await signOutDuringOutage(application)
    const isFast = reads <= FEW
    const findings: Finding[] = [
      { good: isFast, says: `${reads} of ${READS} reads reached the database.` },
      {
        good: isKept,
        says: `The cache emptied, the application restarted: Ada was ${isKept ? 'still signed in' : 'signed out'}.`,
      },
      {
        good: staysOut,
        says: `A sign-out while the cache was away: ${staysOut ? 'it stood' : 'it failed, and the session went on'}.`,
      },
    ]
    return { holds: isFast && isKept && staysOut, headline: headlineOf(reads, isKept, staysOut), findings }
  },
}

async function countReads(application: Application, ada: Browser): Promise<number> {
  const { timeline, database, https } = application
  const signedIn = await signIn(application, ada)
  timeline.note('victim', 'Ada signs in.', { exchange: signedIn.exchange })
  await ada.post(`${https}/basket`, { article: 'manila-rope' })
  const before = database.reads()
  let first
  for (let read = 0; read < READS; read++) {
    const answer = await ada.get(`${https}/me`)
    first ??= answer
  }
  const reads = database.reads() - before
  timeline.note('victim', `She asks for her page ${READS} times. The first of them:`, {
    ...(first && { exchange: first.exchange }),
  })
  timeline.note('application', `The database was read ${reads} times for that.`, { good: reads <= FEW })
  return reads
}

async function loseTheCache(application: Application, ada: Browser): Promise<boolean> {
  const { timeline, cacheServer, https } = application
  cacheServer.empty()
  await application.restart()
  timeline.note('operator', 'Empties the cache and restarts the application.')
  const answer = await ada.get(`${https}/me`)
  const isKept = answer.signedIn === 'ada' && answer.body.includes('manila-rope')
  timeline.note(
    'victim',
    isKept ? 'Ada is still signed in, with her basket.' : 'Ada is signed out, and her basket is gone.',
    {
      exchange: answer.exchange,
      good: isKept,
    },
  )
  return isKept
}

async function signOutDuringOutage(application: Application): Promise<boolean> {
  const { timeline, clock, cacheServer, https } = application
  const ada = application.browser()
  const { newCookie } = await signIn(application, ada)
  await ada.get(`${https}/me`) // So that there is a copy in the cache, if there is a cache.
  cacheServer.cut()
  timeline.note('operator', 'The network between the application and its cache fails.')
  const out = await ada.post(`${https}/sign-out`)
  timeline.note('victim', `Ada signs out. The answer is ${out.status}.`, {
    exchange: out.exchange,
    good: out.status === 200,
  })
  cacheServer.mend()
  clock.advance(2)
  timeline.note('operator', 'The network is mended. The cache still holds what it held.')
  const copy = await tryCookie(application, newCookie)
  const staysOut = copy.status === 200 && copy.signedIn === null
  timeline.note(
    'attacker',
    `Somebody tries a copy of her cookie: ${staysOut ? 'it opens nothing.' : 'it still opens her account.'}`,
    {
      exchange: copy.exchange,
      good: staysOut,
    },
  )
  return staysOut
}

function headlineOf(reads: number, isKept: boolean, staysOut: boolean): string {
  if (!isKept) return 'It was fast until the cache was emptied. Then everyone was signed out.'
  if (!staysOut) return 'While the cache was away, nobody could sign out.'
  return reads <= FEW
    ? `The cache answered ${READS - reads} of ${READS} reads. When it was lost no session was lost with it, and none that had ended came back.`
    : `Nothing was lost, but ${reads} of ${READS} reads went to the database.`
}
