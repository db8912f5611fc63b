import { COOKIE_OPTIONS, type CookieOptions } from '../cookie/write.ts'
import { systemClock, type Clock } from './clock.ts'
import type { DataLimits } from './data.ts'
import type { SessionEngine } from './engine.ts'
import { HoldfastError } from './errors.ts'
import type { Expiry } from './lifetime.ts'
import { nearest } from './nearest.ts'
import { shareClock, type SharedClock } from './shared-clock.ts'
import type { SchemaIssue, StandardSchema } from './schema.ts'

/** Everything but `keys` has a safe default. Durations are seconds. */
export interface SessionsOptions {
  /**
   * The key ring: secrets of at least 32 bytes from `npx holdfast keygen`. The first seals, all verify; to replace a
   * key put the new one first and drop the old one when no cookie sealed by it can live any more.
   */
  readonly keys: readonly string[]
  /** Where sessions live. Default: `cachedDb` on the SQLite file `holdfast.sqlite`, behind a cache in this process. */
  readonly engine?: SessionEngine
  /** Default: `__Host-session; Path=/; Secure; HttpOnly; SameSite=Lax`, until the browser closes. */
  readonly cookie?: CookieOptions
  /** A session ends this long after it was last used. Default 1800 (30 minutes). */
  readonly idleTimeout?: number
  /** A session ends this long after the login, however busy. Default 43,200 (12 hours). */
  readonly absoluteTimeout?: number
  /** A living session gets a new secret this often; at least 60, or false. Default 600 (10 minutes). */
  readonly renewalInterval?: number | false
  /** What counts as use. Default `sliding`: every request. */
  readonly expiry?: Expiry
  /** What a secret that was already replaced leads to. Either way the request is refused. Default `revoke`. */
  readonly onReuse?: 'revoke' | 'report'
  /** What overwriting a key that another request changed meanwhile leads to. Default `merge`, with an event. */
  readonly onConflict?: 'merge' | 'throw'
  /** How many sessions one subject may have at once. Default: any number. */
  readonly maxPerSubject?: number | { readonly max: number; readonly policy?: 'evict-oldest' | 'refuse' }
  /** Default 64 KiB of JSON, 32 levels deep. */
  readonly limits?: Partial<DataLimits>
  /**
   * Where this process reads the time; for tests. With a store that has a clock of its own (a database server's) the
   * time is the store's all the same: give such a store the clock as well.
   */
  readonly clock?: Clock
}

/** What a session holds, said by a schema. Then its type is `Data`, and it is checked when it is read and written. */
export interface SchemaOptions<Data> {
  /**
   * Any Standard Schema (zod, valibot, arktype) of the whole data, an object. It must answer at once, and judge only:
   * data that it would change (by a default, a transform, a coercion) does not fit. Default: none.
   */
  readonly schema?: StandardSchema<Data>
  /**
   * What stored data leads to that does not fit, when a request reads it. Default `throw`. `drop` goes on without the
   * keys that do not fit. A function answers what to go on with. It must be synchronous and do nothing but compute:
   * it runs again on newer data when another request wrote meanwhile.
   */
  readonly onMisfit?:
    | 'throw'
    | 'drop'
    | ((data: Record<string, unknown>, issues: readonly SchemaIssue[]) => NoInfer<Data>)
}

/** The options, checked, with their defaults, in the units the core works in. */
export interface Policy {
  readonly idleSeconds: number
  readonly absoluteSeconds: number
  readonly renewalMs: number | null
  readonly expiry: Expiry
  readonly onReuse: 'revoke' | 'report'
  readonly onConflict: 'merge' | 'throw'
  readonly maxPerSubject: { readonly max?: number; readonly policy: 'evict-oldest' | 'refuse' }
  readonly limits: DataLimits
  readonly schema: StandardSchema | undefined
  readonly onMisfit: NonNullable<SchemaOptions<unknown>['onMisfit']>
  readonly clock: SharedClock
}

export function readOptions<Data>(options: SessionsOptions & SchemaOptions<Data>): Policy {
  if (typeof options !== 'object' || options === null) throw new HoldfastError('ERR_KEYS', 'there is none')
  refuseUnknown('', options, KNOWN)
  const { idleTimeout = 1800, absoluteTimeout = 43_200, renewalInterval = 600, clock = systemClock } = options
  const { maxPerSubject = {}, limits = {}, cookie = {} } = options
  refuseUnknown('limits', limits, ['bytes', 'depth'])
  refuseUnknown('cookie', cookie, COOKIE_OPTIONS)
  const max: Partial<Exclude<SessionsOptions['maxPerSubject'], number | undefined>> =
    typeof maxPerSubject === 'number' ? { max: maxPerSubject } : maxPerSubject
  refuseUnknown('maxPerSubject', max, ['max', 'policy'])
  if (max.max !== undefined) whole('maxPerSubject', max.max, 1)
  if (typeof clock?.now !== 'function') throw new HoldfastError('ERR_OPTION', 'clock must be an object with now()')
  if (options.engine !== undefined && !ENGINES.includes(options.engine?.kind)) {
    throw new HoldfastError('ERR_OPTION', `engine must be db(store), cache(store), ${OTHER_ENGINES}`)
  }
  const { schema, onMisfit } = options
  if (schema !== undefined && !isStandardSchema(schema)) {
    throw new HoldfastError('ERR_OPTION', 'schema must be a Standard Schema, as zod, valibot and arktype make them')
  }
  if (schema === undefined && onMisfit !== undefined) {
    throw new HoldfastError('ERR_OPTION', 'onMisfit is of no use without a schema')
  }
  return {
    idleSeconds: whole('idleTimeout', idleTimeout, 1),
    absoluteSeconds: whole('absoluteTimeout', absoluteTimeout, 1),
    renewalMs: renewalInterval === false ? null : whole('renewalInterval', renewalInterval, SHORTEST_RENEWAL) * 1000,
    expiry: oneOf('expiry', options.expiry, ['sliding', 'every-request', 'since-save']),
    onReuse: oneOf('onReuse', options.onReuse, ['revoke', 'report']),
    onConflict: oneOf('onConflict', options.onConflict, ['merge', 'throw']),
    maxPerSubject: { ...max, policy: oneOf('maxPerSubject.policy', max.policy, ['evict-oldest', 'refuse']) },
    limits: {
      bytes: whole('limits.bytes', limits.bytes ?? 64 * 1024, 1),
      depth: whole('limits.depth', limits.depth ?? 32, 1),
    },
    schema,
    onMisfit:
      typeof onMisfit === 'function' ? onMisfit : oneOf<'throw' | 'drop'>('onMisfit', onMisfit, ['throw', 'drop']),
    clock: shareClock(clock),
  }
}

/** The grace time of a replaced secret: renewing faster would outrun it. */
const SHORTEST_RENEWAL = 60

const ENGINES: readonly SessionEngine['kind'][] = ['stored', 'cookie']
const OTHER_ENGINES = 'cachedDb(store, cache) or signedCookies({ endings: store })'

const KNOWN = [
  'keys',
  'engine',
  'cookie',
  'idleTimeout',
  'absoluteTimeout',
  'renewalInterval',
  'expiry',
  'onReuse',
  'onConflict',
  'maxPerSubject',
  'limits',
  'schema',
  'onMisfit',
  'clock',
] as const satisfies readonly (keyof SessionsOptions | keyof SchemaOptions<unknown>)[]

function refuseUnknown(group: string, options: object, known: readonly string[]): void {
  const prefix = group === '' ? '' : `${group}.`
  if (typeof options !== 'object' || options === null) {
    throw new HoldfastError('ERR_OPTION', `${group} must be an object, not ${show(options)}`)
  }
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue
    const meant = nearest(name, known)
    const hint = meant === undefined ? '' : `; did you mean '${prefix}${meant}'?`
    throw new HoldfastError('ERR_OPTION', `'${prefix}${name}' is unknown${hint}`)
  }
}

/** Those of arktype are functions. */
function isStandardSchema(schema: unknown): boolean {
  if ((typeof schema !== 'object' && typeof schema !== 'function') || schema === null) return false
  const standard: unknown = Reflect.get(schema, '~standard')
  if (typeof standard !== 'object' || standard === null) return false
  return Reflect.get(standard, 'version') === 1 && typeof Reflect.get(standard, 'validate') === 'function'
}

function whole(name: string, value: unknown, least: number): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least) return value
  throw new HoldfastError('ERR_OPTION', `${name} must be a whole number of at least ${least}, not ${show(value)}`)
}

/** The first choice is the default. */
function oneOf<Choice extends string>(
  name: string,
  value: Choice | undefined,
  choices: readonly [Choice, ...Choice[]],
): Choice {
  if (value === undefined) return choices[0]
  if (choices.includes(value)) return value
  throw new HoldfastError(
    'ERR_OPTION',
    `${name} must be ${choices.map((choice) => `'${choice}'`).join(' or ')}, not ${show(value)}`,
  )
}

function show(value: unknown): string {
  return typeof value === 'string' ? `'${value.slice(0, 40)}'` : String(value)
}
