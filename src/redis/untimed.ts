import { setMaxListeners } from 'node:events'

export interface UntimedCommand {
  readonly timeout: 0
  readonly abortSignal: AbortSignal
}

/**
 * What `redis` is told with a command, so that it keeps no timer for each: its own time limit only ever ends a command
 * that was not sent yet, and the timer costs a fifth of a `GET`. Instead, what was not sent is given up as soon as the
 * connection is lost, and never arrives late on the next one.
 */
export function untimed(client: { on(event: 'reconnecting', listener: () => void): unknown }): () => UntimedCommand {
  let connection = begin()
  client.on('reconnecting', () => {
    const lost = connection
    connection = begin()
    lost.abort()
  })
  return () => connection.options
}

function begin(): { readonly options: UntimedCommand; abort(): void } {
  const controller = new AbortController()
  setMaxListeners(0, controller.signal) // One for each command of a turn.
  return { options: { timeout: 0, abortSignal: controller.signal }, abort: () => controller.abort() }
}
