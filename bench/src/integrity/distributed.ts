import { forkServer } from '../cost/variant.ts'
import { openRedis } from '../servers/distributed/place.ts'
import { servers } from '../servers/integrity.ts'
import { ADDERS, FILLS, keysKept, logoutsUndone, logoutsUndoneByFills, TRIALS, type Ports } from './measure.ts'

/** The same, on two processes of each server, and whether a stale fill of a cache undoes a logout. */
export async function reportDistributedIntegrity(): Promise<void> {
  const redis = await openRedis()
  console.log('\n| two processes | updates kept | logouts undone by a write | by a read |\n|---|---|---|---|')
  for (const [name, server] of Object.entries(servers)) {
    // Gunicorn has two processes behind one port.
    const count = 'launch' in server ? 1 : 2
    const processes = await Promise.all(Array.from({ length: count }, () => forkServer('integrity', name, false)))
    const ports = processes.map(({ port }) => port) as unknown as Ports
    // A new session of Django's is in the cache; one of Holdfast's is not, and the others have no cache.
    const forget = async (cookie: string): Promise<void> => {
      if (name.startsWith('Django')) await redis.del(djangoKey(name, cookie))
    }
    const kept = `${await keysKept(ports)} of ${ADDERS}`
    const undone = `${await logoutsUndone(ports)} of ${TRIALS}`
    console.log(`| ${name} | ${kept} | ${undone} | ${await logoutsUndoneByFills(ports, forget)} of ${FILLS} |`)
    for (const { child } of processes) child.disconnect()
  }
  await redis.close()
}

function djangoKey(name: string, cookie: string): string {
  const session = cookie.slice(cookie.indexOf('=') + 1)
  return `${process.env['BENCH_PREFIX']}${name}:fixed::1:django.contrib.sessions.cached_db${session}`
}
