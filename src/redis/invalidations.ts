import { setTimeout as sleep } from 'node:timers/promises'
import { randomBytes } from '../core/random.ts'
import type { OnChange, OpenLine } from './lines.ts'
import { within } from './within.ts'

/**
 * What is heard of changes under one prefix, by whomever. It holds only as long as `isCurrent()`: then every change has
 * been heard that is older than a second.
 */
export interface Invalidations {
  isCurrent(): boolean
  /** Begins again with another line, because changes may be made elsewhere now. */
  restart(): void
  close(): void
}

export interface ListenOptions {
  readonly prefix: string
  readonly open: OpenLine
  /** Changes a key, where the changes are made that must be heard. */
  readonly change: (key: string) => Promise<unknown>
  readonly onChange: OnChange
  /** Something may be missed from now on. */
  readonly onLost: () => void
}

/**
 * A new line has to prove itself first: a change that is made beside it must be heard on it. After that, because Redis
 * tells of changes in order, an answered ping proves that all changes have come which were made before it was sent. When
 * an answer takes too long the line is lost, and another one is opened.
 */
export function listen({ prefix, open, change, onChange, onLost }: ListenOptions): Invalidations {
  /** When the last ping was sent that was answered. */
  let heardAt = Number.NEGATIVE_INFINITY
  let closed = false
  let current = new AbortController()
  void keepListening()

  return {
    // By a clock that nobody sets, and asked at each use: a process that slept has heard nothing.
    isCurrent: () => performance.now() - heardAt < LONGEST_SILENCE_MS,
    restart,
    close() {
      closed = true
      restart()
    },
  }

  function restart(): void {
    lose()
    current.abort()
  }

  function lose(): void {
    heardAt = Number.NEGATIVE_INFINITY
    onLost()
  }

  async function keepListening(): Promise<void> {
    while (!closed) {
      current = new AbortController()
      const { signal } = current
      await hearOut(signal).catch(() => {})
      if (signal.aborted) continue
      lose()
      await pause(REOPEN_AFTER_MS, signal)
    }
  }

  async function hearOut(signal: AbortSignal): Promise<void> {
    const proof = prefix + randomBytes(12).toString('base64url')
    const proven = Promise.withResolvers<void>()
    const line = open(prefix, (key) => (key === proof ? proven.resolve() : onChange(key)))
    try {
      await within(LONGEST_OPENING_MS, line.opened)
      await within(LONGEST_SILENCE_MS, Promise.all([change(proof), proven.promise]))
      while (!signal.aborted) {
        const sentAt = performance.now()
        await within(LONGEST_SILENCE_MS, line.ping())
        if (!signal.aborted) heardAt = sentAt
        await pause(PING_EVERY_MS, signal)
      }
    } finally {
      line.close()
    }
  }
}

/** Cut short by the signal, and no reason for a process to stay. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return sleep(ms, undefined, { ref: false, signal }).catch(() => {})
}

const LONGEST_SILENCE_MS = 1000
const LONGEST_OPENING_MS = 5000
const PING_EVERY_MS = 200
const REOPEN_AFTER_MS = 1000
