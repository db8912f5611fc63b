import { hash } from 'node:crypto'
import type { Clock } from '../clock.ts'
import { HoldfastError } from '../errors.ts'
import { ENDING_SECONDS, type SessionRecord } from '../record.ts'
import type { SessionStore } from '../store.ts'
import type { SealedRecord } from './sealed-cookie.ts'

/** A session by what its cookie says of it, or by what an application says. */
export type Named = Pick<SealedRecord, 'id' | 'subject'>
/** `absoluteAt`: when the last cookie of this session is worth nothing by itself. */
export type Endable = Named & Pick<SealedRecord, 'absoluteAt'>

export type Standing =
  | { readonly kind: 'alive'; readonly epoch: number }
  | { readonly kind: 'ended' }
  /** The cookie knows a later epoch than the store: the store lost a write. */
  | { readonly kind: 'store-behind' }

/** Remembers which sessions have ended, when the sessions themselves are in nobody's hand but their browsers'. */
export interface Endings {
  /** Whether a session whose own deadlines have not passed is still good. `sealedEpoch`: what its cookie says. */
  standing(session: Named, sealedEpoch: number): Promise<Standing>
  /** Answers false when it had ended before. `successor` took its place at a login or cycle. */
  end(session: Endable, successor?: Endable): Promise<boolean>
  /** What ended within the last minute, and what took its place. */
  lately(session: Named): Promise<{ readonly successor: Endable | undefined } | undefined>
  endAll(subject: string, except: { readonly id: string; readonly until: number } | undefined): Promise<void>
  epoch(subject: string): Promise<number>
}

/**
 * Endings in any `SessionStore`. It holds two kinds of records, neither of which opens anything:
 *
 * - A *marker* for a session that ended, under a hash of its id and subject. `create` makes it, so that of several who
 *   would end or replace a session one does; it belongs to no subject, so that no `deleteBySubject` takes it away.
 * - A *pardon* for a session that a "sign out everywhere" spared. It belongs to the subject and is made at a known
 *   epoch, so that the next `deleteBySubject` which does not spare it removes it in the step that raises the epoch.
 *
 * Both live until no cookie of the session can: its absolute limit, and the margin by which clocks may differ.
 */
export function createEndings(store: SessionStore, clock: Clock): Endings {
  return {
    async standing({ id, subject }, sealedEpoch) {
      const [marker, epoch] = await Promise.all([
        store.find(markerId(id, subject)),
        subject === null ? sealedEpoch : store.epoch(subject),
      ])
      if (marker !== undefined) return { kind: 'ended' }
      if (epoch === sealedEpoch || subject === null) return { kind: 'alive', epoch }
      if (epoch < sealedEpoch) return { kind: 'store-behind' }
      const pardon = await store.find(pardonId(id, subject))
      const pardoned = pardon !== undefined && parse<Pardon>(pardon).epoch <= sealedEpoch
      return pardoned ? { kind: 'alive', epoch } : { kind: 'ended' }
    },
    async end({ id, subject, absoluteAt }, successor) {
      const note: Marker = successor === undefined ? {} : { successor: nameOf(successor) }
      const marker = newRecord(markerId(id, subject), null, note, absoluteAt)
      return (await store.create(marker)).outcome === 'created'
    },
    async lately({ id, subject }) {
      const marker = await store.find(markerId(id, subject))
      if (marker === undefined || clock.now() - marker.createdAt >= ENDING_SECONDS * 1000) return undefined
      return { successor: parse<Marker>(marker).successor }
    },
    async endAll(subject, except) {
      if (except === undefined) {
        await store.deleteBySubject(subject)
        return
      }
      const id = pardonId(except.id, subject)
      await pardon(id, subject, except.until)
      await store.deleteBySubject(subject, id)
    },
    epoch: (subject) => store.epoch(subject),
  }

  /** The guard makes sure that nobody was signed out everywhere between reading the epoch and writing it down. */
  async function pardon(id: string, subject: string, until: number): Promise<void> {
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      const epoch = await store.epoch(subject)
      const note: Pardon = { epoch }
      const { outcome } = await store.create(newRecord(id, subject, note, until), { epoch })
      if (outcome !== 'refused') return
    }
    throw new HoldfastError('ERR_CONTENTION')
  }

  function newRecord(id: string, subject: string | null, note: Marker | Pardon, until: number): SessionRecord {
    const now = clock.now()
    const absoluteAt = until + CLOCKS_DIFFER_MS
    return {
      id,
      revision: 1,
      subject,
      data: JSON.stringify(note),
      createdAt: now,
      seenAt: now,
      idleSeconds: Math.max(1, Math.ceil((absoluteAt - now) / 1000)),
      absoluteAt,
      security: '{}',
    }
  }
}

interface Marker {
  readonly successor?: Endable
}

interface Pardon {
  /** When it was made. A cookie sealed before had been signed out, and stays so. */
  readonly epoch: number
}

const CLOCKS_DIFFER_MS = 5 * 60 * 1000
const MOST_ATTEMPTS = 50

function parse<Note>({ data }: SessionRecord): Note {
  return JSON.parse(data) as Note
}

function markerId(id: string, subject: string | null): string {
  return idOf('ended', id, subject)
}

function pardonId(id: string, subject: string): string {
  return idOf('spared', id, subject)
}

/** Of the session nothing else may reach the store. */
function nameOf({ id, subject, absoluteAt }: Endable): Endable {
  return { id, subject, absoluteAt }
}

/** The subject is part of it: who names a session of somebody else ends or spares nothing. */
function idOf(kind: string, id: string, subject: string | null): string {
  return hash('sha256', JSON.stringify([kind, id, subject]), 'buffer').toString('base64url', 0, 16)
}
