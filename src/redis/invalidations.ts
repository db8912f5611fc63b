import { setTimeout as sleep } from 'node:timers/promises'
import type { OnChange, OpenLine } from './lines.ts'

/**
 * What is heard of changes under one prefix, by whomever. It holds only as long as `isCurrent()`: then every change has
 * been heard that is older than a second.
 */
export interface Invalidations {
  isCurrent(): boolean
  close(): void
}

/**
 * Redis tells of changes in order, so a ping that is answered proves that all changes before it have come. When an answer
 * takes too long the line is lost, and another one is opened.
 *
 * @param onLost Something may be missed from now on.
 */
export function listen(prefix: string, open: OpenLine, onChange: OnChange, onLost: () => void): Invalidations {
  const closing = new AbortController()
  /** When the last ping was sent that was answered. */
  let heardAt = Number.NEGATIVE_INFINITY
  void keepListening()

  return {
    // By a clock that nobody sets, and asked at each use: a process that slept has heard nothing.
    isCurrent: () => performance.now() - heardAt < LONGEST_SILENCE_MS,
    close: () => closing.abort(),
  }

  async function keepListening(): Promise<void> {
    while (!closing.signal.aborted) {
      await hearOut().catch(() => {})
      heardAt = Number.NEGATIVE_INFINITY
      onLost()
      await pause(REOPEN_AFTER_MS)
    }
  }

  async function hearOut(): Promise<void> {
    const line = await open(prefix, onChange)
    try {
      while (!closing.signal.aborted) {
        const sentAt = performance.now()
        await within(LONGEST_SILENCE_MS, line.ping())
        heardAt = sentAt
        await pause(PING_EVERY_MS)
      }
    } finally {
      line.close()
    }
  }

  /** Cut short by `close`, and no reason for a process to stay. */
  function pause(ms: number): Promise<void> {
    return sleep(ms, undefined, { ref: false, signal: closing.signal }).catch(() => {})
  }
}

async function within(ms: number, answer: Promise<unknown>): Promise<void> {
  const given = new AbortController()
  const late = sleep(ms, undefined, { ref: false, signal: given.signal }).then(() => {
    throw new Error('Redis does not answer')
  })
  try {
    await Promise.race([answer, late])
  } finally {
    given.abort()
    late.catch(() => {})
  }
}

const LONGEST_SILENCE_MS = 1000
const PING_EVERY_MS = 200
const REOPEN_AFTER_MS = 1000
