import { isOneOf, oneOf, setting, type PartCheck } from './judge.ts'
import type { InspectedPart } from '../../core/inspection.ts'

/** Twelve hours: a day of work, and as long as a session lives by default. */
const LONGEST_SECONDS = 43_200

const isShort = (seconds: string): boolean => Number(seconds) <= LONGEST_SECONDS
const ofSessions = ({ role }: InspectedPart): boolean => role === 'sessions'
const isSealed = ({ settings }: InspectedPart): boolean => settings['engine'] === 'signedCookies'
const ofRecords = (part: InspectedPart): boolean => ofSessions(part) && !isSealed(part)

/** What the application chose. */
export const SESSION_CHECKS: readonly PartCheck[] = [
  {
    id: 'HF101',
    title: 'The session cookie travels over https only',
    reason: 'Without Secure the browser sends the cookie over plain http too, where anyone on the way can copy it.',
    fix: 'cookie: { secure: true }',
    concerns: ofSessions,
    judge: setting('cookie.secure', isOneOf('true')),
  },
  {
    id: 'HF102',
    title: 'No script can read the session cookie',
    reason: 'Without HttpOnly every script on the page can read the cookie, also one that an attacker planted.',
    fix: 'cookie: { httpOnly: true }',
    concerns: ofSessions,
    judge: setting('cookie.httpOnly', isOneOf('true')),
  },
  {
    id: 'HF103',
    title: 'No other host can plant a session cookie',
    reason:
      'A browser takes a cookie of any other name from a neighbouring subdomain too, and then sends two. Nobody is ' +
      'signed in by theirs, but it can lock people out.',
    fix: "cookie: { name: '__Host-session' }",
    concerns: ofSessions,
    judge: setting('cookie.name', (name) => /^__Host-/i.test(name)),
  },
  {
    id: 'HF104',
    title: 'The session cookie does not come along when another site posts',
    reason: 'With SameSite=None every site on the web can make your users post to yours, signed in.',
    fix: "cookie: { sameSite: 'lax' }",
    concerns: ofSessions,
    judge: setting('cookie.sameSite', isOneOf('lax', 'strict')),
  },
  {
    id: 'HF105',
    title: 'A session ends within 12 hours of its last use',
    reason:
      'A copied cookie works until its session ends. OWASP advises 15 to 30 minutes without use; NIST SP 800-63B-4 ' +
      'advises one hour at AAL2, and demands an end after 12 hours at AAL3.',
    fix: 'idleTimeout: 1800',
    concerns: ofSessions,
    judge: oneOf(setting('idleTimeout', isShort), setting('absoluteTimeout', isShort)),
  },
  {
    id: 'HF106',
    title: 'A session gets a new secret now and then',
    reason: 'Without renewal nobody notices that a cookie was copied, and the copy works as long as the session.',
    fix: 'renewalInterval: 600',
    concerns: ofRecords,
    judge: setting('renewalInterval', (value) => value !== 'false'),
  },
  {
    id: 'HF107',
    title: 'A session ends when a secret comes back that was replaced',
    reason: "With 'report' a thief who has the newer secret goes on, and the event is all that happens.",
    fix: "onReuse: 'revoke'",
    concerns: ofRecords,
    judge: setting('onReuse', isOneOf('revoke')),
  },
  {
    id: 'HF108',
    title: 'Sessions are in a store, and only their token in the cookie',
    reason:
      'A session in its cookie loses one of two changes at once, a copied cookie brings its old data back, and nobody ' +
      'notices that it was copied.',
    fix: 'engine: cachedDb(store, cache)',
    concerns: ofSessions,
    judge: setting('engine', (name) => name !== 'signedCookies'),
  },
  {
    id: 'HF109',
    title: 'It is written down which cookies have ended',
    reason: 'Without endings a logout only asks the browser to forget. A copy of the cookie stays signed in.',
    fix: "signedCookies({ endings: sqliteStore('endings.sqlite') })",
    concerns: (part) => ofSessions(part) && isSealed(part),
    judge: setting('endings', isOneOf('kept')),
  },
  {
    id: 'HF110',
    title: 'What is kept outlives this process',
    reason:
      'Memory is empty after a restart, and no other process sees it: sessions are lost, and endings are worse, because ' +
      'who was signed out is signed in again.',
    fix: "sqliteStore('sessions.sqlite')",
    concerns: ({ role, system }) => keeps(role) && (system === 'memory' || system === 'SQLite'),
    judge: (look, parts) => {
      const part = parts.find(({ role }) => keeps(role))
      if (part?.system === 'memory') return { state: 'fails', found: 'it is memoryStore()' }
      return setting('file', (file) => file !== ':memory:')(look, parts)
    },
  },
  {
    id: 'HF111',
    title: 'It says what it is set to',
    reason: 'What has no inspect() cannot be looked at. Nobody knows what it keeps and who can reach it.',
    fix: 'inspect() in your store or cache',
    concerns: ({ system }) => system === 'unknown',
    judge: () => ({ state: 'unknown', found: 'it has no inspect()' }),
  },
]

function keeps(role: InspectedPart['role']): boolean {
  return role === 'store' || role === 'endings'
}
