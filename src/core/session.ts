import type { Updater } from './changes.ts'
import type { Draft } from './draft.ts'
import { HoldfastError, HoldfastTypeError } from './errors.ts'
import type { SessionRecord } from './record.ts'
import type { RequestLike } from './request.ts'
import type { Security } from './security.ts'
import type { DefaultData } from './session-data.ts'
import type { Presented } from '../theft/renewal.ts'
import type { GenuineToken } from '../token/reader.ts'

type Key<Data> = keyof Data & string

/** What a session is made of, for the rest of the core. Applications never see it. */
export let unitOf: <Live extends AnyLive = StoredLive>(session: AnySession) => Unit<Live>

/** Whatever its data. */
export type AnySession = Pick<Session<never>, 'toJSON'>

/**
 * One visitor's session during one request.
 *
 * Data changes, logins and cycles take effect when the response begins, and not at all when its status is 500 or
 * more. `logout`, `flush` and `take` take effect at once. After the response has begun every change throws
 * `ERR_COMMITTED`.
 */
export class Session<Data = DefaultData> {
  readonly #unit: Unit<AnyLive>

  /** @internal Sessions come from `sessions.open()` and the adapters. */
  constructor(unit: Unit<AnyLive>) {
    this.#unit = unit
  }

  static {
    // Whoever made the session knows what it is made of.
    unitOf = <Live extends AnyLive>(session: AnySession) => (session as Session<never>).#unit as Unit<Live>
  }

  /** The public half of the token: a handle for logs and for `sessions.revoke`. Null while nothing is stored. */
  get id(): string | null {
    return this.#read().record?.id ?? null
  }

  /** Whose session it is, or null for an anonymous visitor. Only `login` sets it. */
  get subject(): string | null {
    const { identity, record } = this.#read()
    return identity.kind === 'login' ? identity.subject : (record?.subject ?? null)
  }

  /** True when no record stood behind this request's cookie. */
  get isNew(): boolean {
    return this.#read().origin.kind !== 'live'
  }

  /** True when the session holds no data and belongs to nobody. */
  get isEmpty(): boolean {
    const { subject } = this
    const { services, draft } = this.#unit
    return services.isEmpty?.(this.#unit) ?? (subject === null && draft.keys().length === 0)
  }

  /** True once anything was read or changed: the response then varies by cookie and is not stored. */
  get accessed(): boolean {
    return this.#unit.accessed
  }

  /** True once anything was changed, a nested mutation of an object that was read included. */
  get modified(): boolean {
    const { draft, identity, ended, expiry } = this.#unit
    return ended || expiry !== undefined || identity.kind !== 'same' || draft.changes().length > 0
  }

  /** Saves the session although nothing in it has changed: its time begins anew. What has changed is noticed anyway. */
  set modified(save: true) {
    if (save !== true) throw new HoldfastTypeError('ERR_OPTION', 'modified can be set to true alone')
    this.#write().draft.save()
  }

  /** When the visitor last proved who they are, as epoch milliseconds; null when signed out. */
  get authenticatedAt(): number | null {
    const { identity, origin, arrivedAt } = this.#read()
    if (identity.kind === 'login' || (identity.kind === 'cycle' && identity.reauthenticated)) return arrivedAt
    return origin.kind === 'live' && !this.#unit.ended ? origin.security.authenticatedAt : null
  }

  /**
   * Objects are watched: changing one in place is noticed and saved.
   *
   * @throws HoldfastError ERR_DATA_MISFIT when what is stored does not fit the schema, unless `onMisfit` mends it. So
   * does whatever else reads or changes data.
   */
  get<K extends Key<Data>>(key: K): Data[K] | undefined {
    return this.#read().draft.get(key) as Data[K] | undefined
  }

  has(key: Key<Data>): boolean {
    return this.#read().draft.has(key)
  }

  keys(): Key<Data>[] {
    return this.#read().draft.keys() as Key<Data>[]
  }

  /**
   * Sets a key as a whole. When another request changed the same key meanwhile, this one wins and a `conflict`
   * event says so; use `update` for a value that depends on the old one.
   *
   * @throws TypeError with code ERR_DATA_VALUE when JSON would lose or change the value; it names the path.
   */
  set<K extends Key<Data>>(key: K, value: Exclude<Data[K], undefined>): void {
    this.#change(key).draft.set(key, value)
  }

  /** Answers whether the key was there. */
  delete(key: Key<Data>): boolean {
    return this.#change(key).draft.delete(key)
  }

  /**
   * Computes a key from its present value, as a transaction: of 50 concurrent increments 50 count. The function
   * runs now, and again on newer data when another request wrote meanwhile, so it must be synchronous and must do
   * nothing but compute. `undefined` removes the key. Answers the value as of now. When the function throws nothing
   * has changed.
   *
   * @example
   * const visits = session.update('visits', (n = 0) => n + 1)
   */
  update<K extends Key<Data>>(key: K, fn: (value: Data[K] | undefined) => Data[K] | undefined): Data[K] | undefined {
    return this.#change(key).draft.update(key, fn as Updater) as Data[K] | undefined
  }

  /**
   * Removes a key and gives its value to one caller only, however many ask at once: for a flash message, a
   * one-time code, an OAuth state. Takes effect at once.
   *
   * @throws HoldfastError ERR_ENGINE with `signedCookies()`: a copy of the cookie would give the value again.
   */
  async take<K extends Key<Data>>(key: K): Promise<Data[K] | undefined> {
    const unit = this.#change(key)
    return (await unit.services.take(unit, key)) as Data[K] | undefined
  }

  /** Removes all data. The visitor stays signed in. */
  clear(): void {
    const { draft, services } = this.#write()
    draft.clear(services.reserved)
  }

  /**
   * Signs the visitor in, under a new token: whatever token was known before is dead, so nobody can have planted
   * it. Data of an anonymous visitor stays; data of another subject does not.
   *
   * @param options.since What `sessions.epoch(subject)` answered before the password was checked. The login is
   * refused if the subject was signed out everywhere in between.
   * @throws HoldfastError ERR_LOGIN_STALE, ERR_TOO_MANY_SESSIONS. In a race they come at the commit instead, as the
   * status of the response.
   */
  async login(subject: string, options: { since?: number } = {}): Promise<void> {
    // Half a surrogate pair would come back from a store as U+FFFD: as another subject.
    if (typeof subject !== 'string' || subject === '' || subject.length > 255 || !subject.isWellFormed())
      throw new HoldfastTypeError('ERR_SUBJECT')
    const unit = this.#write()
    await unit.services.checkLogin(unit, subject, options.since)
    if (unit.committed) throw new HoldfastError('ERR_COMMITTED', 'login() was not awaited')
    if (this.subject !== null && this.subject !== subject) unit.draft.clear()
    unit.identity = { kind: 'login', subject, since: options.since }
    unit.services.signedIn?.(unit, subject)
  }

  /**
   * Ends the session at once, in the store and in every cache. `propagated: false` says that a cache could not be
   * told yet: a copy may still be accepted for up to a minute. Changes made afterwards begin a new session.
   * With `signedCookies()` and no `endings` it is always false: only this browser forgets the session.
   *
   * @throws when the store fails: then the session counts as alive.
   */
  async logout(): Promise<{ propagated: boolean }> {
    return this.#end('logout')
  }

  /** Forgets data and identity and starts clean. As `logout`, but reported as a flush. */
  async flush(): Promise<{ propagated: boolean }> {
    return this.#end('flush')
  }

  /** A new token at once, the old one dead, data and identity kept: for every rise in privilege. */
  cycleKey(): void {
    const unit = this.#write()
    if (unit.identity.kind === 'same') unit.identity = { kind: 'cycle', reauthenticated: false }
  }

  /**
   * Demands that the visitor proved who they are within the last `seconds`.
   *
   * @throws HoldfastError ERR_NOT_FRESH (403) otherwise. Ask for the password, then call `reauthenticated()`.
   */
  requireFresh(seconds = 300): void {
    const at = this.authenticatedAt
    const { services } = this.#unit
    if (at === null || services.now() - at > seconds * 1000) {
      throw new HoldfastError('ERR_NOT_FRESH', `the last one must be at most ${seconds} s ago`)
    }
  }

  /** The visitor has just proved again who they are: a new token, and both time limits begin anew. */
  reauthenticated(): void {
    const unit = this.#write()
    if (this.subject === null) throw new HoldfastError('ERR_NOT_FRESH', 'nobody is signed in; use login()')
    if (unit.identity.kind !== 'login') unit.identity = { kind: 'cycle', reauthenticated: true }
  }

  /**
   * The idle limit of this session alone, in seconds, for its record and its cookie. 0: the cookie ends with the
   * browser, the record after the default. null: the default for both. The absolute limit stands in any case.
   * A `Date`, when the session ends however often it is saved, is for sessions that are shared with a Django.
   */
  setExpiry(expiry: number | Date | null): void {
    const unit = this.#write()
    unit.services.setExpiry(unit, expiry)
  }

  /** Seconds until the session ends if nothing more happens. */
  getExpiryAge(): number {
    const unit = this.#read()
    return unit.services.expiryAge(unit)
  }

  /** When the session ends if nothing more happens. */
  getExpiryDate(): Date {
    const unit = this.#read()
    return unit.services.expiryDate?.(unit) ?? new Date(unit.services.now() + unit.services.expiryAge(unit) * 1000)
  }

  /** Whether the browser forgets the cookie when it closes. */
  getExpireAtBrowserClose(): boolean {
    const unit = this.#read()
    return unit.services.endsWithBrowser(unit)
  }

  /** Puts a mark in the session, to find out at the next request whether the browser takes cookies. */
  setTestCookie(): void {
    this.#write().draft.set(TEST_COOKIE, 'worked')
  }

  testCookieWorked(): boolean {
    return this.#read().draft.get(TEST_COOKIE) === 'worked'
  }

  deleteTestCookie(): void {
    this.#write().draft.delete(TEST_COOKIE)
  }

  /** Shows nothing that opens a session. */
  toJSON(): { id: string | null; subject: string | null } {
    return { id: this.#unit.record?.id ?? null, subject: this.#unit.record?.subject ?? null }
  }

  async #end(reason: 'logout' | 'flush'): Promise<{ propagated: boolean }> {
    const unit = this.#write()
    return unit.services.end(unit, reason)
  }

  /** Before a change of one key. */
  #change(key: string): Unit<AnyLive> {
    const unit = this.#write()
    if (unit.services.reserved?.has(key) === true) throw new HoldfastTypeError('ERR_RESERVED_KEY', `'${key}'`)
    return unit
  }

  #read(): Unit<AnyLive> {
    this.#unit.accessed = true
    return this.#unit
  }

  #write(): Unit<AnyLive> {
    if (this.#unit.committed) throw new HoldfastError('ERR_COMMITTED')
    return this.#read()
  }
}

/** As in Django. */
const TEST_COOKIE = 'testcookie'

export interface Unit<Live extends AnyLive = StoredLive> {
  readonly services: SessionServices<Live>
  /** How the request came. It does not change when the session ends or begins during the request. */
  readonly origin: Origin<Live>
  /** Epoch milliseconds, as far as the time is known. */
  readonly arrivedAt: number
  readonly request: RequestLike
  /** What storage holds now, as far as this request knows. */
  record: Live['record'] | undefined
  draft: Draft
  identity: Identity
  expiry: ExpiryChange | undefined
  accessed: boolean
  /** The request itself ended the session it came with. */
  ended: boolean
  committed: boolean
}

export type Origin<Live extends AnyLive = StoredLive> =
  /** No cookie of ours, or none that a key of ours sealed. */
  | { readonly kind: 'none' }
  /** A genuine token whose session is over. */
  | ({ readonly kind: 'dead'; readonly id: string } & /** Where the cookie tells. */ Partial<
      Pick<SessionRecord, 'subject' | 'absoluteAt'>
    >)
  | Live

/** What stands behind a living session, whatever engine keeps it. */
export interface AnyLive {
  readonly kind: 'live'
  readonly record: Pick<SessionRecord, 'id' | 'subject'>
  readonly security: Pick<Security, 'authenticatedAt'>
  /** Whether the cookie should be sealed anew, because an older key did it. */
  readonly sealedBy: 'first' | 'older'
}

/** A record in a store, and the token that came for it. */
export interface StoredLive extends AnyLive {
  readonly record: SessionRecord
  readonly security: Security
  readonly token: GenuineToken
  /** The cookie's own, which holds the token whole. */
  readonly value: string
  readonly presented: Presented
}

export type Identity =
  | { readonly kind: 'same' }
  | { readonly kind: 'login'; readonly subject: string; readonly since: number | undefined }
  | { readonly kind: 'cycle'; readonly reauthenticated: boolean }

export type ExpiryChange = { readonly kind: 'default' } | { readonly kind: 'seconds'; readonly seconds: number }

/** What a session cannot do by itself. */
export interface SessionServices<Live extends AnyLive = StoredLive> {
  now(): number
  take(unit: Unit<Live>, key: string): Promise<unknown>
  checkLogin(unit: Unit<Live>, subject: string, since: number | undefined): Promise<void>
  end(unit: Unit<Live>, reason: 'logout' | 'flush'): Promise<{ propagated: boolean }>
  setExpiry(unit: Unit<Live>, expiry: number | Date | null): void
  expiryAge(unit: Unit<Live>): number
  /** Where it is not so many seconds from now. */
  expiryDate?(unit: Unit<Live>): Date
  endsWithBrowser(unit: Unit<Live>): boolean
  /** Where being empty is more than to hold nothing and belong to nobody. */
  isEmpty?(unit: Unit<Live>): boolean
  /** Once a login is noted. */
  signedIn?(unit: Unit<Live>, subject: string): void
  /** Keys among the data that an application may read and not change. */
  readonly reserved?: ReadonlySet<string>
}
