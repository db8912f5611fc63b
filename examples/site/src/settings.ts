/** What the environment says. */
export interface Settings {
  readonly port: number
  readonly host: string
  readonly dataDir: string | undefined
  /** How many processes answer on the port. */
  readonly processes: number
  readonly sessionKey: string | undefined
  readonly databaseUrl: string | undefined
  readonly redisUrl: string | undefined
  /** Further addresses under which browsers know the site, behind a proxy. */
  readonly origins: readonly string[]
  /** How many proxies are before the site, each of which says in X-Forwarded-For who asked it. */
  readonly proxies: number
}

/** A setting is wrong. The message says in one line which and why, and shows no password. */
export class SettingError extends Error {}

type Environment = Readonly<Record<string, string | undefined>>

/** Nothing has to be set. What is empty counts as not set. @throws SettingError. */
export function readSettings(env: Environment): Settings {
  const given = (name: string): string | undefined => env[name] || undefined
  const settings = {
    port: wholeNumber('PORT', given('PORT') ?? '3000', 0, 65_535),
    host: given('HOST') ?? 'localhost',
    dataDir: given('DATA_DIR'),
    processes: wholeNumber('SITE_PROCESSES', given('SITE_PROCESSES') ?? '1', 1, 256),
    sessionKey: given('SESSION_KEY'),
    databaseUrl: readDatabaseUrl(env),
    redisUrl: serverUrl('REDIS_URL', given('REDIS_URL'), REDIS),
    origins: (given('ORIGINS') ?? '').split(',').filter((origin) => origin !== ''),
    proxies: wholeNumber('PROXIES', given('PROXIES') ?? '0', 0, 10),
  }
  if (settings.redisUrl !== undefined && settings.databaseUrl === undefined) {
    throw new SettingError(
      'REDIS_URL needs DATABASE_URL: Redis keeps copies of the sessions that PostgreSQL keeps. ' +
        'Without PostgreSQL they are in a file of this machine, which is read faster than Redis.',
    )
  }
  if (settings.databaseUrl !== undefined && settings.sessionKey === undefined) {
    throw new SettingError(
      'DATABASE_URL needs SESSION_KEY: all processes on one database must have the same. Make one: npx holdfast keygen',
    )
  }
  return settings
}

/** @throws SettingError. */
export function readDatabaseUrl(env: Environment): string | undefined {
  return serverUrl('DATABASE_URL', env['DATABASE_URL'] || undefined, POSTGRES)
}

function wholeNumber(name: string, text: string, least: number, most: number): number {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : NaN
  if (number >= least && number <= most) return number
  throw new SettingError(`${name} must be a number from ${least} to ${most}, not '${text}'`)
}

interface Server {
  readonly protocols: readonly string[]
  readonly form: string
}

const POSTGRES: Server = {
  protocols: ['postgres:', 'postgresql:'],
  form: 'postgres://user:password@host:5432/database',
}
const REDIS: Server = { protocols: ['redis:', 'rediss:'], form: 'redis://user:password@host:6379' }

function serverUrl(name: string, text: string | undefined, { protocols, form }: Server): string | undefined {
  if (text === undefined) return undefined
  // Shown is the form, never the text: there is a password in it.
  if (!URL.canParse(text)) {
    throw new SettingError(
      `${name} cannot be read as an address. It looks like ${form}; in a password, write # / ? @ % as %23 %2F %3F %40 %25`,
    )
  }
  const { protocol } = new URL(text)
  if (protocols.includes(protocol)) return text
  throw new SettingError(`${name} begins with ${protocol}, not with ${protocols.join(' or ')}. It looks like ${form}`)
}
