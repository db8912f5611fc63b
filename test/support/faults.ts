import type { Answer, SessionCache } from '../../src/core/cache.ts'
import type { SessionStore } from '../../src/core/store.ts'

/** What happens to an operation: nothing, a failure before or after it took effect, or no answer at all. */
export type Fault = 'none' | 'fails' | 'fails-after' | 'hangs'

export interface Gate {
  /** Resolves when an operation has come to the gate. */
  readonly reached: Promise<void>
  open(): void
}

interface Faults {
  /** Every operation, in order. */
  readonly log: string[]
  /** Until further notice. */
  set(operation: string, fault: Fault): void
  /** The next operation of this name takes effect, and its answer waits until the gate is opened. */
  hold(operation: string): Gate
  /** The same, but it waits before it takes effect. */
  holdBefore(operation: string): Gate
}

type CacheOperation = 'get' | 'lease' | 'fill' | 'put' | 'bury' | 'forget'

/** A real cache behind a network that can be told to fail. `log` may be shared, to see an order across parts. */
export function faultyCache(
  cache: SessionCache,
  log: string[] = [],
): SessionCache & Faults & { cut(): void; mend(): void } {
  const { run, ...faults } = createFaults(log)
  const all: readonly CacheOperation[] = ['get', 'lease', 'fill', 'put', 'bury', 'forget']
  const setAll = (fault: Fault): void => all.forEach((operation) => faults.set(operation, fault))
  return {
    ...faults,
    cut: () => setAll('fails'),
    mend: () => setAll('none'),
    scope: 'shared',
    get: (id) => run('get', () => cache.get(id)),
    lease: (id) => run('lease', () => cache.lease(id)),
    fill: (copy, lease) => run('fill', () => cache.fill(copy, lease)),
    put: (copy) => run('put', () => cache.put(copy)),
    bury: (id, mark) => run('bury', () => cache.bury(id, mark), `bury ${mark}`),
    forget: (ids) => run('forget', () => cache.forget?.(ids)),
  }
}

/** A real store, each operation of which can be held up or made to fail. */
export function faultyStore(store: SessionStore, log: string[] = []): SessionStore & Faults {
  const { run, ...faults } = createFaults(log)
  const operations = operationsOf(store).map((name) => {
    const operation: unknown = Reflect.get(store, name)
    const call = operation as (...args: readonly unknown[]) => Promise<unknown>
    return [name, (...args: readonly unknown[]) => run(name, () => call(...args))] as const
  })
  return { ...store, ...Object.fromEntries(operations), ...faults }
}

const NOT_FOR_REQUESTS: ReadonlySet<string> = new Set(['close', 'follow', 'inspect'])

/** Every operation that a store or a cache has, as it is: who adds one is told by the tests what it lacks. */
export function operationsOf(part: SessionStore | SessionCache): string[] {
  return Object.entries(part).flatMap(([name, member]) =>
    typeof member === 'function' && !NOT_FOR_REQUESTS.has(name) ? [name] : [],
  )
}

function createFaults(log: string[]): Faults & {
  readonly run: <T>(operation: string, call: () => Answer<T>, entry?: string) => Promise<T>
} {
  const faults = new Map<string, Fault>()
  const gates = { before: new Map<string, Waiting>(), after: new Map<string, Waiting>() }

  return {
    log,
    set: (operation, fault) => void faults.set(operation, fault),
    hold: (operation) => addGate(gates.after, operation),
    holdBefore: (operation) => addGate(gates.before, operation),
    async run(operation, call, entry = operation) {
      log.push(entry)
      const fault = faults.get(operation)
      if (fault === 'fails') throw new Error(`${operation} failed`)
      if (fault === 'hangs') return new Promise<never>(() => {})
      await pass(gates.before, operation)
      const answer = await call()
      await pass(gates.after, operation)
      if (fault === 'fails-after') throw new Error(`${operation} failed after taking effect`)
      return answer
    },
  }
}

interface Waiting {
  arrive(): void
  readonly opened: Promise<void>
}

function addGate(gates: Map<string, Waiting>, operation: string): Gate {
  const [reached, opened] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  gates.set(operation, { arrive: reached.resolve, opened: opened.promise })
  return { reached: reached.promise, open: opened.resolve }
}

async function pass(gates: Map<string, Waiting>, operation: string): Promise<void> {
  const gate = gates.get(operation)
  if (gate === undefined) return
  gates.delete(operation)
  gate.arrive()
  await gate.opened
}
