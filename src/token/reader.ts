import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { KeyRing } from './key-ring.ts'
import { readToken, TOKEN_CHARACTERS, verifierOf } from './token.ts'

/** A token that a key of ours sealed. Its secret stays in the cookie's value. */
export interface GenuineToken {
  readonly id: string
  readonly generation: number
  /** Of its secret. */
  readonly verifier: string
  readonly sealedBy: 'first' | 'older'
}

/** Answers undefined for what is no token, or for another cookie, or sealed by no key of ours. */
export type TokenReader = (value: string) => GenuineToken | undefined

/**
 * Reads the tokens of one cookie. A token comes with every request for minutes, and its seal stays good as long as the
 * ring: judged once, it is known again by its SHA-256, at a fraction of the cost. Only genuine tokens are remembered,
 * so nobody can flood the memory with forged ones, and nothing in it opens a session.
 */
export function createTokenReader(cookieName: string, ring: KeyRing): TokenReader {
  const known = new LRUCache<string, GenuineToken>({ max: MOST_KNOWN })
  return (value) => {
    if (value.length !== TOKEN_CHARACTERS) return undefined
    const name = hash('sha256', value, 'base64url')
    const seen = known.get(name)
    if (seen !== undefined) return seen
    const read = readToken(value, cookieName, ring)
    if (read === undefined) return undefined
    const { id, generation, secret } = read.token
    const genuine = { id, generation, verifier: verifierOf(secret), sealedBy: read.sealedBy }
    known.set(name, genuine)
    return genuine
  }
}

/** 3 MB when full. */
const MOST_KNOWN = 10_000
