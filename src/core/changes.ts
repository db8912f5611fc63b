import type { Data } from './data.ts'
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
  | { readonly kind: 'clear'; readonly except?: ReadonlySet<string> }
  /** To be saved as it is. */
  | { readonly kind: 'save' }

export type Updater = (value: unknown) => unknown

type Applied = Pick<Shape, 'codec' | 'check'>

/** Applies the changes to the data in place. What this throws is the mistake of the request that made the change. */
export function applyAll(data: Data, changes: readonly Change[], shape: Applied): Data {
  for (const change of changes) {
    switch (change.kind) {
      case 'set':
        data[change.key] = shape.codec.parseValue(change.json)
        break
      case 'delete':
        delete data[change.key]
        break
      case 'update':
        applyUpdate(data, change.key, change.fn, shape)
        break
      case 'clear':
        for (const key of Object.keys(data)) if (change.except?.has(key) !== true) delete data[key]
        break
      case 'save':
        break
    }
  }
  return data
}

/** `undefined` from the function removes the key. */
export function applyUpdate(data: Data, key: string, fn: Updater, shape: Applied): void {
  const value = fn(data[key])
  if (value === undefined) {
    delete data[key]
    return
  }
  if (isThenable(value)) throw new HoldfastTypeError('ERR_UPDATE_ASYNC', `key '${key}'`)
  shape.check(value, key)
  data[key] = value
}

/** The JSON to store: what is stored, with the changes on top. */
export function rewrite(stored: Stored, changes: readonly Change[], shape: Shape, seen: string | undefined): string {
  return shape.write(shape.codec.write(applyAll(startOf(stored, changes, shape, seen), changes, shape), stored.data))
}

/** What the changes are put on. Where they begin with a `clear` it may be whatever it is. */
function startOf(stored: Stored, changes: readonly Change[], shape: Shape, seen: string | undefined): Data {
  return changes[0]?.kind === 'clear' ? shape.codec.parse(stored.data) : shape.read(stored, seen).data
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
  const { codec } = shape
  return [...written].filter((key) => codec.writeValue(old[key]) !== codec.writeValue(current[key]))
}

function isThenable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
