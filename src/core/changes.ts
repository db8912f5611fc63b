import { checkValue, parseData, type Data, type DataLimits } from './data.ts'
import { HoldfastTypeError } from './errors.ts'
import type { Shape, Stored } from './shape.ts'

/** One thing a request did to the session's data. Replayed on newer data when others wrote meanwhile. */
export type Change =
  | {
      readonly kind: 'set'
      readonly key: string
      /** As it was then: later changes to the object are not in it. */ readonly json: string
    }
  | { readonly kind: 'delete'; readonly key: string }
  | { readonly kind: 'update'; readonly key: string; readonly fn: Updater }
  | { readonly kind: 'clear' }

export type Updater = (value: unknown) => unknown

/** Applies the changes to the data in place. What this throws is the mistake of the request that made the change. */
export function applyAll(data: Data, changes: readonly Change[], limits: DataLimits): Data {
  for (const change of changes) {
    switch (change.kind) {
      case 'set':
        data[change.key] = JSON.parse(change.json)
        break
      case 'delete':
        delete data[change.key]
        break
      case 'update':
        applyUpdate(data, change.key, change.fn, limits)
        break
      case 'clear':
        for (const key of Object.keys(data)) delete data[key]
        break
    }
  }
  return data
}

/** `undefined` from the function removes the key. */
export function applyUpdate(data: Data, key: string, fn: Updater, limits: DataLimits): void {
  const value = fn(data[key])
  if (value === undefined) {
    delete data[key]
    return
  }
  if (isThenable(value)) throw new HoldfastTypeError('ERR_UPDATE_ASYNC', `key '${key}'`)
  checkValue(value, key, limits)
  data[key] = value
}

/** The JSON to store: what is stored, with the changes on top. */
export function rewrite(stored: Stored, changes: readonly Change[], shape: Shape, seen: string | undefined): string {
  return shape.write(JSON.stringify(applyAll(startOf(stored, changes, shape, seen), changes, shape.limits)))
}

/** What the changes are put on. Where they begin with a `clear` it may be whatever it is. */
function startOf(stored: Stored, changes: readonly Change[], shape: Shape, seen: string | undefined): Data {
  return changes[0]?.kind === 'clear' ? parseData(stored.data) : shape.read(stored, seen).data
}

/** The keys that these changes overwrite as a whole although someone else changed them in between. */
export function findConflicts(changes: readonly Change[], before: Stored, after: Stored, shape: Shape): string[] {
  if (before.data === after.data) return []
  const written = new Set(
    changes.flatMap((change) => (change.kind === 'set' || change.kind === 'delete' ? [change.key] : [])),
  )
  if (written.size === 0) return []
  // As both may be seen: that somebody else migrated the same data is no conflict.
  const old = startOf(before, changes, shape, before.data)
  const current = startOf(after, changes, shape, after.data)
  return [...written].filter((key) => JSON.stringify(old[key]) !== JSON.stringify(current[key]))
}

function isThenable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
