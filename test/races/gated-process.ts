// One process of two that are driven in lockstep: node gated-process.ts <place, as JSON> [write over]
// Each operation of its store and of its cache waits until it is let through, and its answer once more.
import { createSessions, type SessionCache, type SessionStore } from '../../src/index.ts'
import type { AppData } from '../concurrency/app.ts'
import { openPlace } from '../concurrency/open-place.ts'
import type { Place } from '../concurrency/processes.ts'
import { writingOver } from '../outages/mutants.ts'
import type { FromProcess, Reply, Request as Deed, ToProcess } from './two-processes.ts'

const gates = new Map<string, () => void>()
let count = 0
const say = (message: FromProcess): void => void process.send?.(message)

const { engine } = await openPlace(JSON.parse(process.argv[2] ?? '') as Place, {
  store: (store: SessionStore) => {
    const ours = gated(store, 'store')
    return process.argv[3] === 'write over' ? writingOver(ours) : ours
  },
  cache: (cache: SessionCache) => gated(cache, 'cache'),
  timeout: 60_000, // A step of the schedule takes as long as it takes.
})
const sessions = createSessions<AppData>({ keys: ['a key of forty characters, 0123456789 abc'], engine })

process.on('message', (message: ToProcess) => {
  if (message.kind === 'pass') gates.get(message.gate)?.()
  else void answer(message)
})
process.once('disconnect', () => process.exit())
say({ kind: 'ready' })

async function answer({ number, deed, cookie }: Deed): Promise<void> {
  const reply = await act(deed, cookie).catch((error: unknown): Reply => ({ status: statusOf(error), cookie }))
  say({ kind: 'reply', number, reply })
}

async function act(deed: Deed['deed'], cookie: string): Promise<Reply> {
  let seen: Pick<Reply, 'subject' | 'data'> = {}
  const request = new Request('http://localhost/', { headers: { cookie } })
  const response = await sessions.handle(request, async (session) => {
    const { subject } = session
    if (deed.does === 'login') await session.login(deed.subject)
    else if (deed.does === 'logout') await session.logout()
    else if (subject !== null && deed.does === 'write') {
      session.update('count', (before = 0) => Number(before) + 1)
      session.set(deed.key, 1)
    } else if (subject !== null && deed.does === 'cycle') session.cycleKey()
    seen = { subject, data: Object.fromEntries(session.keys().map((key) => [key, session.get(key) ?? ''])) }
    return new Response()
  })
  const set = response.headers.getSetCookie()[0]?.split(';')[0]
  return { status: response.status, cookie: set ?? cookie, ...seen }
}

function gated<Part extends object>(part: Part, name: string): Part {
  return new Proxy(part, {
    get(target, verb) {
      const member: unknown = Reflect.get(target, verb)
      if (typeof member !== 'function') return member
      return async (...args: unknown[]) => {
        const gate = String(count++)
        await pass({ kind: 'at', gate, label: `${name}.${String(verb)}` })
        try {
          return (await Reflect.apply(member, target, args)) as unknown
        } finally {
          await pass({ kind: 'done', gate })
        }
      }
    },
  })
}

async function pass(message: FromProcess & { readonly gate: string }): Promise<void> {
  await new Promise<void>((resolve) => {
    gates.set(message.gate, resolve)
    say(message)
  })
}

function statusOf(error: unknown): number {
  return Number(Reflect.get(Object(error), 'status') ?? 500)
}
