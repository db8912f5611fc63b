import { HoldfastError } from '../../../core/errors.ts'
import type { DjangoTable } from '../../tables/table.ts'
import type { SessionSigner } from '../../wire/session-text.ts'
import type { DjangoEngine, Kept } from '../engine.ts'

/**
 * Django's `signed_cookies`: the cookie is the session, signed and readable. Nothing is kept of it, so nothing that was
 * signed can be revoked: a copy of the cookie stays good for `SESSION_COOKIE_AGE`, whatever happens to the session.
 */
export function signedCookiesEngine(signer: SessionSigner, table: DjangoTable, cookieName: string): DjangoEngine {
  const load = async (value: string): Promise<Kept | undefined> => {
    const decoded = signer.decode(value)
    return decoded.kind === 'data' ? { key: value, data: decoded.json, version: value } : undefined
  }
  const sign = async ({ data }: { readonly data: string }): Promise<Kept> => {
    const value = signer.encode(data)
    if (cookieName.length + value.length > MOST_COOKIE_BYTES) throw tooLarge(cookieName.length + value.length)
    return { key: value, data, version: value }
  }
  return {
    name: 'signed_cookies',
    remembersNothing: true,
    load,
    loadFresh: load,
    create: sign,
    swap: sign,
    replace: (_, next) => sign(next),
    end: async () => ({ ended: true, propagated: false }),
    findUser: (pk) => table.findUser(pk),
    clearExpired: async () => 0,
    close: () => table.close(),
  }
}

function tooLarge(bytes: number): HoldfastError {
  return new HoldfastError(
    'ERR_DATA_LIMIT',
    `its cookie would take ${bytes} bytes with its name, and browsers drop one of more than ${MOST_COOKIE_BYTES}`,
  )
}

/** Name and value together (RFC 6265bis, section 5.6). */
const MOST_COOKIE_BYTES = 4096
