import { checkValue, parseData, type Data, type DataLimits } from './data.ts'
import { HoldfastTypeError } from './errors.ts'

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

/** The keys that these changes overwrite as a whole although someone else changed them in between. */
export function findConflicts(changes: readonly Change[], before: string, after: string): string[] {
  if (before === after) return []
  const [old, current] = [parseData(before), parseData(after)]
  const written = new Set(
    changes.flatMap((change) => (change.kind === 'set' || change.kind === 'delete' ? [change.key] : [])),
  )
  return [...written].filter((key) => JSON.stringify(old[key]) !== JSON.stringify(current[key]))
}

function isThenable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
