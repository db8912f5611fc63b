import { setTimeout as sleep } from 'node:timers/promises'
import { ask } from '../cost/client.ts'

export const ADDERS = 50
export const TRIALS = 5
export const FILLS = 600
const SLOW_MS = 150
const FILLS_AT_ONCE = 8
/** A process may hear of a logout at another a message later. It is undone if that does not end it. */
const NEWS_MS = 1000

/** One server may be several processes. */
export type Ports = readonly [number, ...number[]]

/** Of requests that each add a key at once, with work of 20 ms between read and write, how many keys survive. */
export async function keysKept(ports: Ports): Promise<number> {
  let cookie = (await ask(ports[0], 'POST', '/login')).cookie
  const answers = await Promise.all(
    Array.from({ length: ADDERS }, (_, index) => ask(at(ports, index), 'POST', `/add?key=key${index}&ms=20`, cookie)),
  )
  // A browser keeps the cookie that came last.
  cookie = answers.findLast((answer) => answer.cookie !== undefined)?.cookie ?? cookie
  return (await stateOf(ports[0], cookie)).keys
}

/** Of logouts during a slow write, how many it undid. */
export async function logoutsUndone(ports: Ports): Promise<number> {
  let undone = 0
  for (let trial = 0; trial < TRIALS; trial++) {
    const { cookie } = await ask(ports[0], 'POST', '/login')
    const slow = ask(ports[0], 'POST', `/add?key=slow&ms=${SLOW_MS}`, cookie)
    await sleep(SLOW_MS / 3)
    await ask(at(ports, 1), 'POST', '/logout', cookie)
    const late = await slow
    if (await isSignedIn(ports, late.cookie ?? cookie)) undone++
  }
  return undone
}

/**
 * Of logouts while others read, how many a reader undid: it misses the cache, reads the store, and fills the cache when
 * the logout is over.
 */
export async function logoutsUndoneByFills(
  ports: Ports,
  forget: (cookie: string) => Promise<unknown>,
): Promise<number> {
  let [left, undone] = [FILLS, 0]
  const trial = async (): Promise<void> => {
    const { cookie = '' } = await ask(ports[0], 'POST', '/login')
    await forget(cookie)
    const readers = [0, 1, 2].map(async (index) => {
      await sleep(Math.random() * 6)
      await ask(at(ports, index), 'GET', '/state', cookie)
    })
    await sleep(Math.random() * 6)
    await ask(at(ports, 1), 'POST', '/logout', cookie)
    await Promise.all(readers)
    if (!(await isSignedIn(ports, cookie))) return
    await sleep(NEWS_MS)
    if (await isSignedIn(ports, cookie)) undone++
  }
  const trials = async (): Promise<void> => {
    while (left-- > 0) await trial()
  }
  await Promise.all(Array.from({ length: FILLS_AT_ONCE }, trials))
  return undone
}

/** To any of its processes. */
async function isSignedIn(ports: Ports, cookie: string | undefined): Promise<boolean> {
  const states = await Promise.all(ports.map((port) => stateOf(port, cookie)))
  return states.some(({ user }) => user != null)
}

async function stateOf(port: number, cookie: string | undefined): Promise<{ user?: string | null; keys: number }> {
  return JSON.parse((await ask(port, 'GET', '/state', cookie)).body) as { user?: string | null; keys: number }
}

function at(ports: Ports, index: number): number {
  return ports[index % ports.length] ?? ports[0]
}
