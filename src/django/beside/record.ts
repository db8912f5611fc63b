import { hash } from 'node:crypto'
import type { AnyLive } from '../../core/session.ts'
import type { Kept } from './engine.ts'

/** A session of Django's, as one request knows it. */
export interface DjangoRecord extends Kept {
  /** What logs, events and `sessions.revoke` have: nothing that opens the session, unlike Django's own key. */
  readonly id: string
  readonly subject: string | null
}

export interface DjangoLive extends AnyLive {
  readonly record: DjangoRecord
  /** The session still has the hash of an earlier `SECRET_KEY`; this one is to take its place, under a new key. */
  readonly newHash: string | undefined
}

export function recordOf({ key, data, version }: Kept, subject: string | null): DjangoRecord {
  let id: string | undefined
  return {
    key,
    data,
    version,
    subject,
    // A hash for each request, which most of them never ask for.
    get id() {
      return (id ??= publicId(key))
    },
  }
}

/** A key has 165 bits that nobody can guess, so its hash gives nothing away. */
export function publicId(key: string): string {
  return hash('sha256', `holdfast django session ${key}`, 'buffer').toString('base64url', 0, 16)
}
