import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { AppData } from '../concurrency/app.ts'
import type { Place } from '../concurrency/processes.ts'
import type { Steps } from '../support/stepped.ts'

export interface Request {
  readonly kind: 'request'
  readonly number: number
  readonly deed: Deed
  readonly cookie: string
}

export type Deed =
  | { readonly does: 'read' | 'cycle' | 'logout' }
  | { readonly does: 'write'; readonly key: string }
  | { readonly does: 'login'; readonly subject: string }

export interface Reply {
  readonly status: number
  /** As the next request sends it. */
  readonly cookie: string
  /** What the handler saw before it did anything. */
  readonly subject?: string | null
  readonly data?: AppData
}

export type ToProcess = Request | { readonly kind: 'pass'; readonly gate: string }
export type FromProcess =
  | { readonly kind: 'ready' }
  | { readonly kind: 'at'; readonly gate: string; readonly label: string }
  | { readonly kind: 'done'; readonly gate: string }
  | { readonly kind: 'reply'; readonly number: number; readonly reply: Reply }

/** A process of its own, whose operations happen when the schedule says so. */
export interface GatedProcess {
  /** The schedule of the next race. */
  follow(steps: Steps): void
  ask(deed: Deed, cookie: string): Promise<Reply>
  stop(): Promise<void>
}

export async function startGated(name: string, place: Place, mutant?: 'write over'): Promise<GatedProcess> {
  const child = fork(join(import.meta.dirname, 'gated-process.ts'), [
    JSON.stringify(place),
    ...(mutant === undefined ? [] : [mutant]),
  ])
  const exited = once(child, 'exit')
  const ready = Promise.withResolvers<void>()
  const replies = new Map<number, (reply: Reply) => void>()
  const done = new Map<string, () => void>()
  let steps: Steps | undefined
  let requests = 0
  const send = (message: ToProcess): void => void child.send(message)

  child.on('message', (message: FromProcess) => {
    switch (message.kind) {
      case 'ready':
        return ready.resolve()
      case 'at':
        return void letThrough(message.gate, message.label)
      case 'done':
        return done.get(message.gate)?.()
      case 'reply':
        return replies.get(message.number)?.(message.reply)
    }
  })
  await ready.promise

  return {
    follow: (next) => void (steps = next),
    ask(deed, cookie) {
      const number = requests++
      return new Promise((resolve) => {
        replies.set(number, resolve)
        send({ kind: 'request', number, deed, cookie })
      })
    },
    async stop() {
      child.disconnect()
      await exited
    },
  }

  async function letThrough(gate: string, label: string): Promise<void> {
    await steps?.run(`${name} ${label}`, async () => {
      const isDone = new Promise<void>((resolve) => done.set(gate, resolve))
      send({ kind: 'pass', gate })
      await isDone
    })
    done.delete(gate)
    send({ kind: 'pass', gate })
  }
}
