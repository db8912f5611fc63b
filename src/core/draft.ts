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
  readonly #stored: Stored
  readonly #shape: Shape
  readonly #changes: Change[] = []
  readonly #watched = new Map<string, string | typeof AS_LOADED>()
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
    if (isObject(value) && !this.#watched.has(key)) this.#watched.set(key, AS_LOADED)
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

  /** A function that fails has changed nothing, whatever it did to the value. */
  update(key: string, fn: Updater): unknown {
    this.#noteMutation(key)
    const data = this.#working()
    try {
      applyUpdate(data, key, fn, this.#shape.limits)
    } catch (error) {
      if (isObject(data[key]) && !isJson(data[key], this.#before(key))) data[key] = JSON.parse(this.#before(key))
      throw error
    }
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

  /** All changes so far, mutations included, in order. What is done later is not among them. */
  changes(): readonly Change[] {
    if (this.#watched.size > 0 && !this.#untouched()) for (const key of this.#watched.keys()) this.#noteMutation(key)
    return [...this.#changes]
  }

  /** JSON of the data with these changes made. */
  result(): string {
    return JSON.stringify(this.#working())
  }

  /** Puts the same changes on newer data, or throws and stays as it is. Objects handed out before are no longer watched. */
  rebase(stored: Stored): void {
    const changes = this.changes()
    const { data, migrated } = this.#shape.read(stored, this.#seen)
    this.#data = applyAll(data, changes, this.#shape.limits)
    this.#loaded = JSON.stringify(data) // With the changes: a value that they made is no mutation when it is read.
    this.#seen = stored.data
    this.#migrated = migrated
    this.#watched.clear()
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
    if (!this.#watched.has(key)) return
    const value = this.#working()[key]
    checkValue(value, key, this.#shape.limits)
    const json = JSON.stringify(value)
    if (json === this.#before(key)) return
    this.#changes.push({ kind: 'set', key, json })
    this.#watched.set(key, json)
  }

  /** What an object that is there was, with the changes so far. */
  #before(key: string): string {
    const watched = this.#watched.get(key) ?? AS_LOADED
    return watched === AS_LOADED ? JSON.stringify(parseData(this.#loaded)[key]) : watched
  }

  /** The quick way for a request that only read: all of it still reads as it was loaded. */
  #untouched(): boolean {
    return this.#changes.length === 0 && isJson(this.#data, this.#loaded)
  }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}

function isJson(value: unknown, json: string): boolean {
  try {
    return JSON.stringify(value) === json
  } catch {
    return false // A cycle or a BigInt was put in; the check of each value says where.
  }
}

/** Watched against what was loaded, so that a read need not remember anything. */
const AS_LOADED = Symbol('as loaded')
