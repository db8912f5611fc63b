import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Security } from '../../src/core/security.ts'
import { GRACE_MS, judge, renew, type PresentedToken, type Renewal } from '../../src/theft/renewal.ts'
import { newSecret, verifierOf } from '../../src/token/token.ts'

const EVERY = 600_000

/** A session whose current secret is `A`. */
function begin(): { security: Security; a: PresentedToken } {
  const secret = newSecret()
  const security = {
    current: { verifier: verifierOf(secret), generation: 0, issuedAt: 0 },
    authenticatedAt: null,
    userAgent: '',
  }
  return { security, a: { generation: 0, verifier: security.current.verifier } }
}

function at(now: number, security: Security, token: PresentedToken): Renewal | undefined {
  return renew(security, token, now, { now, every: EVERY })
}

function issuedBy(renewal: Renewal | undefined): { security: Security; token: PresentedToken } {
  assert.ok(renewal?.issued, 'a secret was issued')
  const { generation, secret } = renewal.issued
  return { security: renewal.security, token: { generation, verifier: verifierOf(secret) } }
}

describe('renewal', () => {
  test('waits for its interval', () => {
    const { security, a } = begin()
    assert.equal(at(EVERY - 1, security, a), undefined)
    assert.equal(issuedBy(at(EVERY, security, a)).token.generation, 1)
  })

  test('leaves the old secret in force until the new one is seen, then for the grace time', () => {
    const { security, a } = begin()
    const { security: offered, token: b } = issuedBy(at(EVERY, security, a))
    assert.equal(judge(offered, a, EVERY + 3_600_000), 'current', 'a lost response does no harm')

    const seen = at(EVERY + 10, offered, b)?.security
    assert.ok(seen)
    assert.equal(judge(seen, b, EVERY + 10), 'current')
    assert.equal(judge(seen, a, EVERY + 10 + GRACE_MS), 'previous')
    assert.equal(judge(seen, a, EVERY + 11 + GRACE_MS), 'reuse')
  })

  test('issues again at most once per grace time while unseen, and keeps what it replaced as lost', () => {
    const { security, a } = begin()
    const first = issuedBy(at(EVERY, security, a))
    assert.equal(at(EVERY + GRACE_MS - 1, first.security, a), undefined)
    const second = issuedBy(at(EVERY + GRACE_MS, first.security, a))
    assert.equal(judge(second.security, first.token, EVERY + 9 * GRACE_MS), 'lost', 'its response may be late')
    assert.equal(judge(second.security, second.token, EVERY + GRACE_MS), 'next')
  })

  test('takes a lost secret that arrives after all, and the one that replaced it too', () => {
    const { security, a } = begin()
    const first = issuedBy(at(EVERY, security, a))
    const second = issuedBy(at(EVERY + GRACE_MS, first.security, a))
    const now = EVERY + GRACE_MS + 5
    const late = at(now, second.security, first.token)?.security
    assert.ok(late)
    assert.equal(judge(late, first.token, now + 9 * GRACE_MS), 'current')
    assert.equal(judge(late, a, now + GRACE_MS), 'previous')
    assert.equal(judge(late, second.token, now + 9 * GRACE_MS), 'next')
  })

  test('gives a lost secret the grace time once its successor is seen', () => {
    const { security, a } = begin()
    const first = issuedBy(at(EVERY, security, a))
    const second = issuedBy(at(EVERY + GRACE_MS, first.security, a))
    const now = EVERY + GRACE_MS + 5
    const seen = at(now, second.security, second.token)?.security
    assert.ok(seen)
    assert.equal(judge(seen, first.token, now + GRACE_MS), 'lost')
    assert.equal(judge(seen, first.token, now + GRACE_MS + 1), 'reuse')
  })

  test('judges by arrival: a request that queued past the grace time is no thief', () => {
    const { security, a } = begin()
    const { security: offered, token: b } = issuedBy(at(EVERY, security, a))
    const seen = at(EVERY + 10, offered, b)?.security
    assert.ok(seen)
    const [arrived, now] = [EVERY + 20, EVERY + 20 + 5 * GRACE_MS]
    assert.equal(judge(seen, a, arrived), 'previous')
    assert.equal(renew(seen, a, arrived, { now, every: EVERY }), undefined)
  })

  test('never hands the new secret to whoever presents a replaced one', () => {
    const { security, a } = begin()
    const { security: offered, token: b } = issuedBy(at(EVERY, security, a))
    const seen = at(EVERY + 10, offered, b)?.security
    assert.ok(seen)
    assert.equal(at(EVERY + 20, seen, a), undefined)
  })

  test('takes a token newer than the record for a store that lost a write, not for theft', () => {
    const { security, a } = begin()
    const { token: b } = issuedBy(at(EVERY, security, a))
    assert.equal(judge(security, b, EVERY), 'store-behind')
  })

  test('is off when told so', () => {
    const { security, a } = begin()
    assert.equal(renew(security, a, 9e9, { now: 9e9, every: null }), undefined)
  })
})
