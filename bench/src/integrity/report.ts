import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { ask } from '../cost/client.ts'
import { servers } from './servers.ts'

const ADDERS = 50
const TRIALS = 5
const SLOW_MS = 150

/** What libraries do to concurrent requests. No timing: counts only. */
export async function reportIntegrity(): Promise<void> {
  console.log('\n| what speed must not cost | updates kept | logouts undone |\n|---|---|---|')
  for (const [name, make] of Object.entries(servers)) {
    const server = createServer(await make()).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    console.log(`| ${name} | ${await keysKept(port)} of ${ADDERS} | ${await logoutsUndone(port)} of ${TRIALS} |`)
    server.close()
    server.closeAllConnections()
  }
}

/** Of requests that each add a key at once, with work of 20 ms between read and write, how many keys survive. */
async function keysKept(port: number): Promise<number> {
  let cookie = (await ask(port, 'POST', '/login')).cookie
  const answers = await Promise.all(
    Array.from({ length: ADDERS }, (_, index) => ask(port, 'POST', `/add?key=key${index}&ms=20`, cookie)),
  )
  // A browser keeps the cookie that came last.
  cookie = answers.findLast((answer) => answer.cookie !== undefined)?.cookie ?? cookie
  return (await stateOf(port, cookie)).keys
}

/** Of logouts during a slow write, how many it undid. */
async function logoutsUndone(port: number): Promise<number> {
  let undone = 0
  for (let trial = 0; trial < TRIALS; trial++) {
    const { cookie } = await ask(port, 'POST', '/login')
    const slow = ask(port, 'POST', `/add?key=slow&ms=${SLOW_MS}`, cookie)
    await sleep(SLOW_MS / 3)
    await ask(port, 'POST', '/logout', cookie)
    const late = await slow
    if ((await stateOf(port, late.cookie ?? cookie)).user !== undefined) undone++
  }
  return undone
}

async function stateOf(port: number, cookie: string | undefined): Promise<{ user?: string; keys: number }> {
  return JSON.parse((await ask(port, 'GET', '/', cookie)).body) as { user?: string; keys: number }
}
