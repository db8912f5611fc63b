import type { Entry } from './entries.ts'

/**
 * What the lab does not take, whatever Holdfast would say to it. A setting that Holdfast refuses is not refused here:
 * that the application does not start is something to see.
 */
export function refusalOf({ name, value }: Entry): string | undefined {
  if (name.startsWith('SECRET_KEY'))
    return `leave ${name} out: each run makes a key of its own, and yours is nobody's business`
  if (name.startsWith('CSRF_'))
    return `${name} guards forms; the lab is about sessions, and takes SESSION_ settings only`
  if (!name.startsWith('SESSION_')) return `${name} is not about sessions; the lab takes SESSION_ settings only`
  const fixed = FIXED.get(name)
  if (fixed === undefined || fixed.value === value) return undefined
  return `leave ${name} out: ${fixed.because}`
}

/** What all applications of the lab have in common: no run may reach into another, or into this site. */
const FIXED: ReadonlyMap<string, { readonly value: string | null; readonly because: string }> = new Map([
  ['SESSION_COOKIE_NAME', { value: 'sessionid', because: "the lab looks for the cookie by Django's name, sessionid" }],
  [
    'SESSION_COOKIE_DOMAIN',
    { value: null, because: "the lab's application has no other hosts to share the cookie with" },
  ],
  ['SESSION_COOKIE_PATH', { value: '/', because: "the lab's application says for itself under which path it lives" }],
  ['SESSION_CACHE_ALIAS', { value: 'default', because: "the lab's application has one cache" }],
])
