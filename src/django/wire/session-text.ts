import { createHash, createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import { deflateSync, inflateSync } from 'node:zlib'
import { systemClock, type Clock } from '../../core/clock.ts'
import { HoldfastError } from '../../core/errors.ts'
import { decodeBase64 } from './base64.ts'
import { fromBase62, toBase62 } from './base62.ts'
import { equalTexts } from './equal-texts.ts'
import { createMemo } from './memo.ts'
import { parsePython, toAscii } from './python-json.ts'

export interface SessionSigner {
  /** What Django keeps as `session_data`. The JSON may be that of JavaScript. */
  encode(json: string): string
  /** @throws HoldfastError ERR_DATA_LIMIT when it was signed, and is larger than `maxBytes` or too deep to be read here. */
  decode(text: string): Decoded
}

/**
 * `rubbish` was signed by one of the keys, and yet it is no session; `expired` was signed more than `maxAge` ago. To
 * Django all but `data` is an empty session, never an error.
 */
export type Decoded =
  /** JSON that `parsePython` reads. */
  | { readonly kind: 'data'; readonly json: string }
  | { readonly kind: 'bad-signature' }
  | { readonly kind: 'expired' }
  | { readonly kind: 'rubbish' }

export interface SignerOptions {
  /** `SECRET_KEY`, which signs, then `SECRET_KEY_FALLBACKS`, which are accepted too. */
  readonly keys: readonly [string, ...string[]]
  /** Default `SESSION_SALT`: a `SessionStore` of the site's own has another. */
  readonly salt?: string
  /** Seconds that a signature is good for. Default: for ever, as in a table, where the row has its own date. */
  readonly maxAge?: number
  /** The most that a compressed text may inflate to. Default 16 MiB. */
  readonly maxBytes?: number
  readonly clock?: Clock
}

export const SESSION_SALT = 'django.contrib.sessions.SessionStore'
export const SIGNED_COOKIES_SALT = 'django.contrib.sessions.backends.signed_cookies'

/** Django's `signing.dumps(…, compress=True)` and `signing.loads`, for session data. */
export function createSessionSigner(options: SignerOptions): SessionSigner {
  const { salt = SESSION_SALT, maxAge = Infinity, maxBytes = MOST_BYTES, clock = systemClock } = options
  const [key, ...fallbacks] = options.keys.map((secret) =>
    createSecretKey(createHash('sha256').update(`${salt}signer${secret}`).digest()),
  ) as [KeyObject, ...KeyObject[]]

  // What came out of a cookie is judged each time: its age grows, and the visitor chose the text.
  const verified = maxAge === Infinity ? createMemo() : undefined

  return {
    encode(json) {
      const value = `${pack(Buffer.from(toAscii(json)))}:${toBase62(Math.floor(clock.now() / 1000))}`
      return `${value}:${sign(key, value)}`
    },
    decode(text) {
      const known = verified?.get(text)
      if (known !== undefined) return { kind: 'data', json: known }
      const [signed, signature] = splitLast(text)
      if (signed === undefined || ![key, ...fallbacks].some((one) => equalTexts(signature, sign(one, signed)))) {
        return { kind: 'bad-signature' }
      }
      const [body, time] = splitLast(signed)
      const signedAt = fromBase62(time)
      if (body === undefined || signedAt === undefined) return { kind: 'rubbish' }
      if (clock.now() / 1000 - signedAt > maxAge) return { kind: 'expired' }
      try {
        const json = unpack(body, maxBytes).toString('latin1')
        parsePython(json)
        verified?.set(text, json)
        return { kind: 'data', json }
      } catch (error) {
        // Of base64, zlib or JSON.
        if (error instanceof HoldfastError) throw error
        return { kind: 'rubbish' }
      }
    },
  }
}

/** Compressed where that saves two bytes or more. The dot that says so is signed with the rest. */
function pack(payload: Buffer): string {
  const compressed = deflateSync(payload)
  const smaller = compressed.length < payload.length - 1
  return smaller ? `.${compressed.toString('base64url')}` : payload.toString('base64url')
}

function unpack(body: string, maxBytes: number): Buffer {
  if (!body.startsWith('.')) return decodeBase64(body)
  const compressed = decodeBase64(body.slice(1))
  try {
    return inflateSync(compressed, { maxOutputLength: maxBytes })
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    // Not an empty session: the next save would overwrite what Django can read.
    throw new HoldfastError('ERR_DATA_LIMIT', `the stored session inflates to more than ${maxBytes} bytes`)
  }
}

function sign(key: KeyObject, value: string): string {
  return createHmac('sha256', key).update(value).digest('base64url')
}

function splitLast(text: string): [before: string | undefined, after: string] {
  const at = text.lastIndexOf(':')
  return at === -1 ? [undefined, text] : [text.slice(0, at), text.slice(at + 1)]
}

/**
 * Django has no such limit. Only who has the key can sign a bomb, but a session that is large by accident should not
 * take the process down either. It is far above what a row is good for, and no cookie of 4 KB can inflate to it.
 */
const MOST_BYTES = 16 * 1024 * 1024
