import { ask, disconnect } from './cost/client.ts'
import { measureCost } from './cost/measure.ts'
import { reportCost } from './cost/report.ts'
import { reportTargets } from './cost/targets.ts'
import { forkServer } from './cost/variant.ts'
import { preparePlace } from './servers/distributed/place.ts'
import { hasDjango, NO_DJANGO } from './servers/distributed/python.ts'
import { sessionData } from './session-data.ts'

const UNCONFIRMED = 'node/holdfast, hits unconfirmed'

// What reading a session costs on either side, where Django under gunicorn and Holdfast share one table and one Redis.
if (hasDjango) await measure()
else console.log(NO_DJANGO)
disconnect()

async function measure(): Promise<void> {
  const place = await preparePlace()
  try {
    await shareOneSession('django/cached_db', 'node/holdfast')
    await shareOneSession('node/holdfast', 'django/cached_db')
    const { servers } = await import('./servers/beside-django.ts')
    const rounds = await measureCost('beside-django', servers, ['read'])
    reportCost(rounds, servers)
    const DJANGO = ['read', 'django/cached_db'] as const
    reportTargets(rounds, servers, [
      { name: 'read, of Django', most: 0.1, cost: ['read', 'node/holdfast'], of: DJANGO },
      { name: 'read, hits unconfirmed, of Django', most: 0.1, cost: ['read', UNCONFIRMED], of: DJANGO },
    ])
  } finally {
    await place.leave()
  }
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
