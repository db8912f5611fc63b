import { disconnect } from './cost/client.ts'
import { measureCost } from './cost/measure.ts'
import { reportCost } from './cost/report.ts'
import { distributedTargets, localTargets, reportTargets } from './cost/targets.ts'
import { reportDistributedIntegrity } from './integrity/distributed.ts'
import { reportIntegrity } from './integrity/report.ts'
import { chooseServers } from './servers/choose.ts'
import { preparePlace } from './servers/distributed/place.ts'
import { hasDjango, NO_DJANGO } from './servers/distributed/python.ts'

if (process.argv[2] === 'distributed') await measureDistributed()
else await measureLocal()
disconnect()

async function measureLocal(): Promise<void> {
  const servers = chooseServers((await import('./servers/local.ts')).servers)
  const rounds = await measureCost('local', servers, ['read', 'read, sliding', 'anonymous', 'forged cookie', 'write'])
  reportCost(rounds, servers)
  reportTargets(rounds, servers, localTargets)
  if (process.env['SERVERS'] === undefined) await reportIntegrity()
}

async function measureDistributed(): Promise<void> {
  const servers = chooseServers((await import('./servers/distributed.ts')).servers)
  const place = await preparePlace()
  try {
    const rounds = await measureCost('distributed', servers, ['read', 'read, sliding', 'write'])
    reportCost(rounds, servers)
    reportTargets(rounds, servers, distributedTargets)
    if (process.env['SERVERS'] === undefined) await reportDistributedIntegrity()
    if (!hasDjango) console.log(`\n${NO_DJANGO}`)
  } finally {
    await place.leave()
  }
}
