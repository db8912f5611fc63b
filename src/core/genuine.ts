import type { Context } from './context.ts'
import type { SessionRecord } from './record.ts'
import { openSecurity, type Security } from './security.ts'

/**
 * Judges a record that the store gave. Undefined, with an event, when someone without a key wrote to it. Every record
 * read anew is judged, not only the one a request came in with: a cached copy may have hidden the change until then.
 */
export function openGenuine(record: SessionRecord, { ring, emit }: Context): Security | undefined {
  const security = openSecurity(record, ring)
  if (security === undefined) emit({ type: 'tampered', id: record.id })
  return security
}
