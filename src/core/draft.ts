import { applyAll, applyUpdate, type Change, type Updater } from './changes.ts'
import { checkValue, emptyData, parseData, type Data, type DataLimits } from './data.ts'

/**
 * The data as one request sees it: what was loaded, with the request's own changes on top. It keeps the changes
 * themselves too, because they are what gets committed.
 *
 * Objects handed out are watched: `session.get('cart').push(item)` is found by comparing, at the end, with what
 * the object was when it was handed out. Reading only strings and numbers costs nothing.
 */
export class Draft {
  readonly #limits: DataLimits
  readonly #changes: Change[] = []
  readonly #watched = new Map<string, string | typeof AS_LOADED>()
  #loaded: string
  #data: Data | undefined

  constructor(json: string, limits: DataLimits) {
    this.#loaded = json
    this.#limits = limits
  }

  get(key: string): unknown {
    const value = this.#working()[key]
    if (typeof value === 'object' && value !== null && !this.#watched.has(key)) this.#watched.set(key, AS_LOADED)
    return value
  }

  has(key: string): boolean {
    return key in this.#working()
  }

  keys(): string[] {
    return Object.keys(this.#working())
  }

  set(key: string, value: unknown): void {
    checkValue(value, key, this.#limits)
    const json = JSON.stringify(value)
    this.#working()[key] = value
    this.#changes.push({ kind: 'set', key, json })
    this.#watched.set(key, json)
  }

  delete(key: string): boolean {
    const there = this.has(key)
    if (!there) return false
    delete this.#working()[key]
    this.#changes.push({ kind: 'delete', key })
    this.#watched.delete(key)
    return true
  }

  update(key: string, fn: Updater): unknown {
    this.#noteMutation(key)
    const data = this.#working()
    applyUpdate(data, key, fn, this.#limits)
    this.#changes.push({ kind: 'update', key, fn })
    if (key in data) this.#watched.set(key, JSON.stringify(data[key]))
    else this.#watched.delete(key)
    return data[key]
  }

  clear(): void {
    this.#data = emptyData()
    this.#watched.clear()
    this.#changes.push({ kind: 'clear' })
  }

  /** All changes so far, mutations included, in order. */
  changes(): readonly Change[] {
    if (this.#watched.size > 0 && !this.#untouched()) for (const key of this.#watched.keys()) this.#noteMutation(key)
    return this.#changes
  }

  /** Puts the same changes on newer data. Objects handed out before are no longer watched. */
  rebase(json: string): void {
    const changes = this.changes()
    const data = applyAll(parseData(json), changes, this.#limits)
    this.#watched.clear()
    for (const change of changes) {
      // What a change made of it is not as it was loaded.
      if (change.kind !== 'clear' && change.key in data) this.#watched.set(change.key, JSON.stringify(data[change.key]))
    }
    this.#loaded = json
    this.#data = data
  }

  #working(): Data {
    return (this.#data ??= parseData(this.#loaded))
  }

  #noteMutation(key: string): void {
    const before = this.#watched.get(key)
    if (before === undefined) return
    const value = this.#working()[key]
    checkValue(value, key, this.#limits)
    const json = JSON.stringify(value)
    if (json === (before === AS_LOADED ? JSON.stringify(parseData(this.#loaded)[key]) : before)) return
    this.#changes.push({ kind: 'set', key, json })
    this.#watched.set(key, json)
  }

  /** The quick way for a request that only read: all of it still reads as it was loaded. */
  #untouched(): boolean {
    if (this.#changes.length > 0) return false
    try {
      return JSON.stringify(this.#data) === this.#loaded
    } catch {
      return false // A cycle or a BigInt was put in; the check of each value says where.
    }
  }
}

/** Watched against what was loaded, so that a read need not remember anything. */
const AS_LOADED = Symbol('as loaded')
