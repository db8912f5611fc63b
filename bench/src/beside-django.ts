import { ask, disconnect } from './cost/client.ts'
import { measureCost } from './cost/measure.ts'
import { reportCost } from './cost/report.ts'
import { reportTargets, type Target } from './cost/targets.ts'
import { forkServer } from './cost/variant.ts'
import { chooseServers } from './servers/choose.ts'
import { preparePlace } from './servers/distributed/place.ts'
import { hasDjango, NO_DJANGO } from './servers/distributed/python.ts'
import { sessionData } from './session-data.ts'

const UNCONFIRMED = 'node/holdfast, hits unconfirmed'
const QUERY = 'node/one named query by hand'
const GET = 'node/one GET by hand'

// What reading a session costs on either side, where Django under gunicorn and Holdfast share one table and one Redis.
if (hasDjango) await measure()
else console.log(NO_DJANGO)
disconnect()

async function measure(): Promise<void> {
  const place = await preparePlace()
  try {
    await shareOneSession('django/cached_db', 'node/holdfast')
    await shareOneSession('node/holdfast', 'django/cached_db')
    const servers = chooseServers((await import('./servers/beside-django.ts')).servers)
    const rounds = await measureCost('beside-django', servers, ['read'])
    reportCost(rounds, servers)
    reportTargets(rounds, servers, [
      ratio('read, of Django', 'node/holdfast', 'django/cached_db'),
      ratio('read, hits unconfirmed, of Django', UNCONFIRMED, 'django/cached_db'),
      ratio('read, signed in, of Django', 'node/holdfast, signed in', 'django/cached_db, signed in'),
      ratio('one named query by hand, of Django', QUERY, 'django/cached_db'),
      ratio('one GET by hand, of Django', GET, 'django/cached_db'),
    ])
    reportTargets(rounds, servers, [
      ratio('read, of one named query by hand', 'node/holdfast', QUERY, 2),
      ratio('read, signed in, of one named query by hand', 'node/holdfast, signed in', QUERY, 2),
      ratio('read, hits unconfirmed, of one GET by hand', UNCONFIRMED, GET, 2),
    ])
  } finally {
    await place.leave()
  }
}

function ratio(name: string, server: string, of: string, most = 0.1): Target {
  return { name, most, cost: ['read', server], of: ['read', of] }
}

/** What is begun at one must be known to the other, or the run says nothing. */
async function shareOneSession(begun: string, known: string): Promise<void> {
  const [one, other] = await Promise.all([begun, known].map((name) => forkServer('beside-django', name, false)))
  if (one === undefined || other === undefined) return
  const { cookie } = await ask(one.port, 'POST', '/begin')
  const { body } = await ask(other.port, 'GET', '/', cookie)
  if (body !== sessionData.userId) throw new Error(`${known} does not know the session that was begun at ${begun}`)
  one.child.disconnect()
  other.child.disconnect()
}
