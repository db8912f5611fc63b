import { applyAll, applyUpdate, type Change, type Updater } from './changes.ts'
import { emptyData, type Data } from './data.ts'
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
    this.#shape.check(value, key)
    const json = this.#text(value)
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
      applyUpdate(data, key, fn, this.#shape)
    } catch (error) {
      const before = isObject(data[key]) ? this.#before(key) : undefined
      if (before !== undefined && !this.#reads(data[key], before)) data[key] = this.#shape.codec.parseValue(before)
      throw error
    }
    this.#changes.push({ kind: 'update', key, fn })
    if (key in data) this.#watched.set(key, this.#text(data[key]))
    else this.#watched.delete(key)
    return data[key]
  }

  /** Without reading what is stored, unless some of it is to stay. */
  clear(except?: ReadonlySet<string>): void {
    const change: Change = except === undefined ? { kind: 'clear' } : { kind: 'clear', except }
    this.#data = except === undefined ? emptyData() : applyAll(this.#working(), [change], this.#shape)
    this.#watched.clear()
    this.#changes.push(change)
  }

  /** Nothing has changed, and it is to be saved all the same. */
  save(): void {
    this.#changes.push({ kind: 'save' })
  }

  /** All changes so far, mutations included, in order. What is done later is not among them. */
  changes(): readonly Change[] {
    if (this.#watched.size > 0 && !this.#untouched()) for (const key of this.#watched.keys()) this.#noteMutation(key)
    return [...this.#changes]
  }

  /** JSON of the data with these changes made. */
  result(): string {
    return this.#shape.codec.write(this.#working(), this.#stored.data)
  }

  /** Puts the same changes on newer data, or throws and stays as it is. Objects handed out before are no longer watched. */
  rebase(stored: Stored): void {
    const changes = this.changes()
    const { data, migrated } = this.#shape.read(stored, this.#seen)
    this.#data = applyAll(data, changes, this.#shape)
    this.#loaded = this.#shape.codec.write(data, stored.data) // With the changes: a value that they made is no mutation when it is read.
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
    this.#shape.check(value, key)
    const json = this.#text(value)
    if (json === this.#before(key)) return
    this.#changes.push({ kind: 'set', key, json })
    this.#watched.set(key, json)
  }

  /** What an object that is there was, with the changes so far. */
  #before(key: string): string {
    const watched = this.#watched.get(key) ?? AS_LOADED
    return watched === AS_LOADED ? this.#text(this.#shape.codec.parse(this.#loaded)[key]) : watched
  }

  /** The quick way for a request that only read: all of it still reads as it was loaded. */
  #untouched(): boolean {
    if (this.#changes.length > 0 || this.#data === undefined) return false
    const data = this.#data
    return isSame(() => this.#shape.codec.write(data, this.#loaded), this.#loaded)
  }

  #reads(value: unknown, text: string): boolean {
    return isSame(() => this.#text(value), text)
  }

  #text(value: unknown): string {
    return this.#shape.codec.writeValue(value)
  }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}

function isSame(write: () => string, text: string): boolean {
  try {
    return write() === text
  } catch {
    return false // A cycle or a BigInt was put in; the check of each value says where.
  }
}

/** Watched against what was loaded, so that a read need not remember anything. */
const AS_LOADED = Symbol('as loaded')
