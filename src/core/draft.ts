import { applyAll, applyUpdate, type Change, type Updater } from './changes.ts'
import { checkValue, emptyData, parseData, type Data } from './data.ts'
import type { Shape, Stored } from './shape.ts'

/**
 * The data as one request sees it: what was loaded, with the request's own changes on top. It keeps the changes
 * themselves too, because they are what gets committed.
 *
 * Objects handed out are watched: `session.get('cart').push(item)` is found by comparing, at the end, with what
 * the object was when it was handed out. Reading only strings and numbers costs nothing.
 */
export class Draft {
  readonly #shape: Shape
  readonly #changes: Change[] = []
  readonly #watched = new Map<string, string | typeof AS_LOADED>()
  #stored: Stored
  #seen: string | undefined
  #loaded: string
  #migrated = false
  #data: Data | undefined

  constructor(stored: Stored, shape: Shape) {
    this.#stored = stored
    this.#loaded = stored.data
    this.#shape = shape
  }

  /** The stored JSON, once it was read. */
  get seen(): string | undefined {
    return this.#seen
  }

  /** What was read had to be migrated. That is worth writing, and no change of this request. */
  get migrated(): boolean {
    return this.#migrated
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
    checkValue(value, key, this.#shape.limits)
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
    applyUpdate(data, key, fn, this.#shape.limits)
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
  rebase(stored: Stored): void {
    const changes = this.changes()
    this.#watched.clear()
    this.#stored = stored
    this.#data = applyAll(this.#read(), changes, this.#shape.limits)
  }

  #working(): Data {
    return (this.#data ??= this.#read())
  }

  #read(): Data {
    const seen = this.#seen
    this.#seen = this.#stored.data
    const { data, json, migrated } = this.#shape.read(this.#stored, seen)
    this.#loaded = json
    this.#migrated = migrated
    return data
  }

  #noteMutation(key: string): void {
    const before = this.#watched.get(key)
    if (before === undefined) return
    const value = this.#working()[key]
    checkValue(value, key, this.#shape.limits)
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
