import { setTimeout as sleep } from 'node:timers/promises'
import { CACHE_SECONDS } from '../../src/core/cache.ts'
import type { SessionRecord, SessionStore } from '../../src/index.ts'
import type { AppData } from '../concurrency/app.ts'
import { PATIENCE_MS } from './plan.ts'

/** A client that remembers what was acknowledged, and holds it against what it sees. */
export interface Memory {
  readonly counts: Counts
  /** Signs so many people in. */
  signIn(people: number): Promise<void>
  /** Reads, writes and ends sessions, many at once, until it is told to stop. */
  load(actors: number): { stop(): Promise<void> }
  /** When all works again: what was acknowledged is held against every process and the store. */
  settle(store: SessionStore, pastTheLifeOfCopies: () => Promise<void>): Promise<void>
}

export interface Counts {
  sent: number
  failed: number
  /** Acknowledged writes that are missing, and sessions that ended although nobody ended them. */
  lost: number
  /** Writes that took effect more often than they were asked for. */
  repeated: number
  /** Ended sessions that were accepted later than they may be. */
  resurrected: number
  /** Requests without an answer in time. */
  hung: number
  longestMs: number
  /** Sessions whose end was acknowledged, and how many of these ends had not reached the cache. */
  ended: number
  unpropagated: number
  /** Ended sessions that were accepted while they still may be. */
  late: number
  /** Why requests failed, and how often. */
  readonly reasons: Record<string, number>
  /** The first few that were lost, repeated or resurrected. */
  readonly findings: string[]
}

/** A session of somebody, as far as the client knows. */
interface Known {
  readonly subject: string
  id: string
  cookie: string
  /** Increments that were acknowledged, and those of which nobody knows. */
  added: number
  unsure: number
  readonly keys: string[]
  life: 'alive' | 'in doubt' | { readonly endedAt: number; readonly propagated: boolean }
}

interface Seen {
  readonly subject: string | null
  readonly id: string | null
  readonly data: AppData
  readonly propagated?: boolean
}

type Reply = { readonly status: number; readonly seen: Seen; readonly startedAt: number } | undefined

/** What a near copy may take to go. */
const NEAR_MS = 1000

export function createMemory(ports: () => readonly number[]): Memory {
  const counts: Counts = {
    sent: 0,
    failed: 0,
    lost: 0,
    repeated: 0,
    resurrected: 0,
    hung: 0,
    longestMs: 0,
    ended: 0,
    unpropagated: 0,
    late: 0,
    reasons: {},
    findings: [],
  }
  const alive: Known[] = []
  const past: Known[] = []
  let turn = 0
  let stopped = false

  return {
    counts,
    async signIn(people) {
      while (alive.length < people) {
        const one = await login()
        if (one !== undefined) alive.push(one)
      }
    },
    load(actors) {
      stopped = false
      const working = Array.from({ length: actors }, async () => {
        while (!stopped) await act()
      })
      return {
        async stop() {
          stopped = true
          await Promise.all(working)
        },
      }
    },
    async settle(store, pastTheLifeOfCopies) {
      const everybody = [...alive, ...past]
      for (const one of everybody) for (const port of ports()) await look(one, port)
      for (const one of alive) hold(one, await store.find(one.id))
      await pastTheLifeOfCopies()
      for (const one of everybody) {
        const record = await store.find(one.id)
        for (const port of ports()) {
          const reply = await ask(port, '/', one.cookie)
          if (reply === undefined) find('lost', `${one.subject}: no answer when all was over`)
          else if (reply.seen.subject !== null && record === undefined)
            find('resurrected', `${one.subject} is not in the store`)
          else if (reply.seen.subject === null && record !== undefined)
            find('lost', `${one.subject} is in the store, and refused`)
        }
        if (typeof one.life === 'object' && record !== undefined) find('resurrected', `${one.subject} is in the store`)
      }
    },
  }

  async function act(): Promise<void> {
    const chance = Math.random()
    const one = pick(chance < 0.2 && past.length > 0 ? past.slice(-40) : alive)
    if (one === undefined) return
    const port = pick(ports()) ?? 0
    if (one.life === 'alive' && chance > 0.96) return end(one, port)
    const does = Math.random()
    if (does < 0.5) await look(one, port)
    else if (does < 0.8) await increment(one, port)
    else await add(one, port)
  }

  async function look(one: Known, port: number): Promise<void> {
    judge(one, await ask(port, '/', one.cookie, one))
  }

  async function increment(one: Known, port: number): Promise<void> {
    const reply = await ask(port, '/increment', one.cookie, one)
    if (reply === undefined) one.unsure++
    else if (judge(one, reply)) one.added++
  }

  async function add(one: Known, port: number): Promise<void> {
    const key = `key${turn++}`
    const reply = await ask(port, `/add?key=${key}`, one.cookie, one)
    if (reply !== undefined && judge(one, reply)) one.keys.push(key)
  }

  /** By the owner, by somebody who may, or everywhere. Whoever is out signs in anew. */
  async function end(one: Known, port: number): Promise<void> {
    alive.splice(alive.indexOf(one), 1)
    one.life = 'in doubt'
    past.push(one)
    const paths = ['/logout', `/revoke?id=${one.id}`, `/revoke-all?subject=${one.subject}`]
    const path = pick(paths) ?? ''
    const [reply] = await Promise.all([
      ask(port, path, path === '/logout' ? one.cookie : ''),
      ...ports().flatMap((at) => [look(one, at), increment(one, at)]), // They overtake each other.
    ])
    if (reply?.status === 200) {
      const { propagated = true } = reply.seen
      one.life = { endedAt: Date.now(), propagated }
      counts.ended++
      if (!propagated) counts.unpropagated++
    }
    while (!stopped) {
      const next = await login()
      if (next !== undefined) return void alive.push(next)
    }
  }

  async function login(): Promise<Known | undefined> {
    const subject = `person${turn++}`
    const one: Known = { subject, id: '', cookie: '', added: 0, unsure: 0, keys: [], life: 'alive' }
    const reply = await ask(pick(ports()) ?? 0, `/login?subject=${subject}`, '', one)
    // What the handler saw was still no session; the next request says which it is.
    for (let tries = 0; reply !== undefined && one.id === '' && tries < 100; tries++) {
      one.id = (await ask(pick(ports()) ?? 0, '/', one.cookie))?.seen.id ?? ''
    }
    return one.id === '' ? undefined : one
  }

  /** Whether this was the session. */
  function judge(one: Known, reply: Reply): boolean {
    if (reply === undefined) return false
    const accepted = reply.status === 200 && reply.seen.subject === one.subject
    const { life } = one
    if (life === 'alive' && !accepted) find('lost', `${one.subject} was signed out: ${reply.status}`)
    if (typeof life === 'object' && accepted && reply.startedAt > life.endedAt) {
      const grace = life.propagated ? NEAR_MS : CACHE_SECONDS * 1000 + NEAR_MS
      if (reply.startedAt <= life.endedAt + grace) counts.late++
      else find('resurrected', `${one.subject}, ${reply.startedAt - life.endedAt} ms after its end`)
    }
    return accepted
  }

  function hold({ subject, added, unsure, keys }: Known, record: SessionRecord | undefined): void {
    if (record === undefined) return find('lost', `${subject} is not in the store`)
    const data = JSON.parse(record.data) as AppData
    const count = Number(data['count'] ?? 0)
    if (count < added) find('lost', `${subject}: ${added - count} of ${added} increments`, added - count)
    if (count > added + unsure) find('repeated', `${subject}: ${count} for ${added} and perhaps ${unsure}`)
    for (const key of keys) if (data[key] === undefined) find('lost', `${subject}: ${key}`)
  }

  function find(kind: 'lost' | 'repeated' | 'resurrected', what: string, times = 1): void {
    counts[kind] += times
    if (counts.findings.length < 20) counts.findings.push(`${kind}: ${what}`)
  }

  /** One request. Undefined when it failed: whether it took effect is unknown then. A browser keeps what it is given. */
  async function ask(port: number, path: string, cookie: string, owner?: Known): Promise<Reply> {
    const startedAt = Date.now()
    counts.sent++
    try {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, {
        method: 'POST',
        headers: { cookie },
        signal: AbortSignal.timeout(PATIENCE_MS),
      })
      const body = await response.text()
      const { status } = response
      if (status >= 500) return fail(String(status))
      const seen: Seen = status === 200 ? (JSON.parse(body) as Seen) : { subject: null, id: null, data: {} }
      const set = response.headers.getSetCookie()[0]?.split(';')[0]
      if (set !== undefined && seen.subject === owner?.subject && owner !== undefined) owner.cookie = set
      return { status, seen, startedAt }
    } catch (error) {
      const isLate = error instanceof Error && error.name === 'TimeoutError'
      if (isLate) counts.hung++
      return fail(isLate ? 'no answer' : 'connection lost')
    } finally {
      counts.longestMs = Math.max(counts.longestMs, Date.now() - startedAt)
    }
  }

  async function fail(reason: string): Promise<undefined> {
    counts.failed++
    counts.reasons[reason] = (counts.reasons[reason] ?? 0) + 1
    await sleep(10) // Nobody reloads faster.
  }
}

function pick<T>(list: readonly T[]): T | undefined {
  return list[Math.floor(Math.random() * list.length)]
}
