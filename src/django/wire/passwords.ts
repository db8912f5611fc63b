import { pbkdf2 } from 'node:crypto'
import { promisify } from 'node:util'
import { HoldfastError, HoldfastTypeError } from '../../core/errors.ts'
import { equalTexts } from './equal-texts.ts'
import { randomText } from './session-key.ts'

/**
 * Whether this is the password of a user of Django, from the `password` column of `auth_user`. It checks PBKDF2 with
 * SHA-256, which is Django's default. Where there is no user, or none with a usable password, pass what there is: the
 * answer is false, and takes as long as for a user whose password is wrong. The work is done outside the event loop.
 *
 * It does not ask whether the user may sign in: `is_active` is a column of its own.
 *
 * @throws HoldfastError ERR_HASHER when the column was written by another hasher, which the message names.
 * @example
 * const user = await findUser(name)
 * if (await checkDjangoPassword(password, user?.password)) await session.login(String(user.id))
 */
export async function checkDjangoPassword(password: string, encoded: string | null | undefined): Promise<boolean> {
  if (typeof password !== 'string' || encoded == null || !isUsable(encoded)) {
    await derive('', randomText(SALT_LENGTH, LETTERS), ITERATIONS)
    return false
  }
  const [algorithm, count = '', salt = '', hash = '', ...more] = encoded.split('$')
  const iterations = /^[1-9][0-9]{0,9}$/.test(count) ? Number(count) : 0
  if (algorithm !== 'pbkdf2_sha256') throw wrong(`its algorithm is ${nameIn(encoded)}`)
  if (iterations === 0 || iterations > MOST_ITERATIONS || salt === '' || hash === '' || more.length > 0) {
    throw wrong('it does not have the form pbkdf2_sha256$iterations$salt$hash')
  }
  if (equalTexts(hash, await derive(password, salt, iterations))) return true
  // A hash of an older Django is made sooner. A wrong password must not tell which users have one.
  if (iterations < ITERATIONS) await derive(password, salt, ITERATIONS - iterations)
  return false
}

export interface MakePasswordOptions {
  /**
   * Of PBKDF2; the default is 1,000,000, which is Django 5.2's. Django makes a hash with another number anew at the
   * next login there, and that ends all other sessions of the user. So pass what your Django uses: 260,000 in 3.2,
   * 600,000 in 4.2.
   */
  readonly iterations?: number
}

/**
 * What Django's `make_password()` answers, for the `password` column of `auth_user`: PBKDF2 with SHA-256 under a fresh
 * salt. With null it is a password that nobody has.
 *
 * To write that column ends the user's sessions, on Django's side and on this one.
 *
 * @throws HoldfastError ERR_OPTION for iterations that are no whole number from 1.
 */
export async function makeDjangoPassword(password: string | null, options: MakePasswordOptions = {}): Promise<string> {
  const { iterations = ITERATIONS } = options
  if (!Number.isSafeInteger(iterations) || iterations < 1 || iterations > MOST_ITERATIONS) {
    throw new HoldfastError('ERR_OPTION', `iterations must be a whole number from 1 to ${MOST_ITERATIONS}`)
  }
  if (password !== null && typeof password !== 'string') {
    throw new HoldfastTypeError('ERR_OPTION', 'a password must be a string, or null')
  }
  if (password === null) return UNUSABLE + randomText(UNUSABLE_LENGTH, LETTERS)
  const salt = randomText(SALT_LENGTH, LETTERS)
  return `pbkdf2_sha256$${iterations}$${salt}$${await derive(password, salt, iterations)}`
}

/** Django marks what nobody can have typed in. */
function isUsable(encoded: string): boolean {
  return encoded !== '' && !encoded.startsWith(UNUSABLE)
}

async function derive(password: string, salt: string, iterations: number): Promise<string> {
  return (await pbkdf2Async(password, salt, iterations, 32, 'sha256')).toString('base64')
}

/** Nothing that could be part of a hash: of what has no name, nothing at all. */
function nameIn(encoded: string): string {
  const [, name] = /^([a-z][a-z0-9_]{0,39})\$/.exec(encoded) ?? []
  return name === undefined ? 'unknown' : `'${name}'`
}

function wrong(detail: string): HoldfastError {
  return new HoldfastError('ERR_HASHER', detail)
}

const pbkdf2Async = promisify(pbkdf2)
const ITERATIONS = 1_000_000
const MOST_ITERATIONS = 2 ** 31 - 1
const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'
/** 22 letters and digits are 130 bits. Django makes a hash whose salt has less anew. */
const SALT_LENGTH = 22
const UNUSABLE = '!'
const UNUSABLE_LENGTH = 40
