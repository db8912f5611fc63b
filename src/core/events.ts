import { channel } from 'node:diagnostics_channel'
import type { Clock } from './clock.ts'
import type { Misfit } from './schema.ts'

/**
 * Everything Holdfast reports. `id` is the public half of the token; nothing here opens a session.
 * Each event also goes to the `node:diagnostics_channel` named `holdfast`.
 */
export type SessionEvent = { /** ISO 8601, UTC. */ readonly at: string } & EventBody

export type EventBody =
  /** An anonymous visitor's first data made a record. */
  | { readonly type: 'created'; readonly id: string }
  | { readonly type: 'login'; readonly id: string; readonly subject: string; readonly replaced: string | null }
  /** A step-up or `cycleKey()`: `replaced` is dead, `id` took its place. */
  | { readonly type: 'cycled'; readonly id: string; readonly subject: string | null; readonly replaced: string }
  /** A new secret was issued inside a living session. */
  | { readonly type: 'renewed'; readonly id: string; readonly subject: string | null }
  | {
      readonly type: 'ended'
      readonly id: string
      readonly subject: string | null
      readonly reason: 'logout' | 'flush' | 'revoke' | 'revoke-all' | 'evicted' | 'reuse' | 'successor'
      readonly propagated: boolean
    }
  /** A secret that was already replaced came back: a copied cookie, or a restored browser profile. */
  | {
      readonly type: 'reuse'
      readonly id: string
      readonly subject: string | null
      readonly policy: 'revoke' | 'report'
    }
  /** A genuine token newer than the record: the store lost a write (failover, restored backup). */
  | { readonly type: 'store-behind'; readonly id: string; readonly subject: string | null }
  /** A cookie that no key of ours sealed. */
  | { readonly type: 'forged' }
  /** A genuine token whose session has ended or expired. */
  | { readonly type: 'unknown'; readonly id: string }
  /** Several different cookies of our name. `accepted` when exactly one was genuine. */
  | { readonly type: 'duplicate-cookies'; readonly count: number; readonly accepted: boolean }
  /** Someone without a key changed the identity, deadlines or verifiers in storage. The session is refused. */
  | { readonly type: 'tampered'; readonly id: string }
  /** Two requests changed the same key as a whole; the later one won. */
  | { readonly type: 'conflict'; readonly id: string; readonly keys: readonly string[] }
  /** Stored data did not fit the schema when a request read it. */
  | {
      readonly type: 'misfit'
      readonly id: string
      readonly outcome: 'thrown' | 'dropped' | 'migrated'
      readonly misfits: readonly Misfit[]
    }
  /** A request wanted to write to a session that had ended meanwhile. */
  | { readonly type: 'interrupted'; readonly id: string }
  | { readonly type: 'login-refused'; readonly subject: string; readonly reason: 'max' | 'epoch' }
  | { readonly type: 'commit-failed'; readonly error: unknown }
  | { readonly type: 'renewal-failed'; readonly id: string; readonly error: unknown }
  | { readonly type: 'touch-failed'; readonly count: number; readonly error: unknown }
  | { readonly type: 'cache-failed'; readonly operation: string; readonly error: unknown }
  | { readonly type: 'cache-recovered' }
  /** A cache was told of an end or a write after all; `pending` are still to be told. */
  | { readonly type: 'invalidation-retried'; readonly id: string; readonly pending: number }
  /** A Secure cookie was set over plain http: the browser will not send it back. Reported once. */
  | { readonly type: 'insecure-transport'; readonly host: string }

export type EventType = EventBody['type']
export type Emit = (body: EventBody) => void
export type EventOf<Type extends EventType> = Extract<SessionEvent, { type: Type }>

export interface Events {
  readonly emit: Emit
  /** Returns the function that removes the listener. */
  readonly on: <Type extends EventType>(type: Type | '*', listener: (event: EventOf<Type>) => void) => () => void
}

export function createEvents(clock: Clock): Events {
  const listeners = new Map<string, Set<(event: never) => void>>()

  const emit: Emit = (body) => {
    const exact = listeners.get(body.type)
    const all = listeners.get('*')
    if (exact === undefined && all === undefined && !diagnostics.hasSubscribers) return
    const event: SessionEvent = { at: new Date(clock.now()).toISOString(), ...body }
    if (diagnostics.hasSubscribers) diagnostics.publish(event)
    for (const listener of [...(exact ?? []), ...(all ?? [])]) tell(listener, event)
  }

  return {
    emit,
    on(type, listener) {
      const set = listeners.get(type) ?? new Set()
      listeners.set(type, set.add(listener))
      return () => {
        set.delete(listener)
        if (set.size === 0) listeners.delete(type)
      }
    },
  }
}

const diagnostics = channel('holdfast')

/** A listener that throws must not stop a logout half way. */
function tell(listener: (event: never) => void, event: SessionEvent): void {
  try {
    listener(event as never)
  } catch (error) {
    process.emitWarning(`A listener for the session event '${event.type}' threw: ${String(error)}`, 'HoldfastWarning')
  }
}
