import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ADDERS, keysKept, logoutsUndone, TRIALS } from './measure.ts'
import { servers } from './servers.ts'

/** What libraries do to concurrent requests. No timing: counts only. */
export async function reportIntegrity(): Promise<void> {
  console.log('\n| what speed must not cost | updates kept | logouts undone |\n|---|---|---|')
  for (const [name, make] of Object.entries(servers)) {
    const server = createServer(await make()).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    console.log(`| ${name} | ${await keysKept([port])} of ${ADDERS} | ${await logoutsUndone([port])} of ${TRIALS} |`)
    server.close()
    server.closeAllConnections()
  }
}
