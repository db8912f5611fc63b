import type { Outgoing } from './finish.ts'

/**
 * The response headers a touched session changes, each with all its values, given what the application has set.
 * Exactly one Set-Cookie for the session, whatever was there; no shared cache may keep the response.
 */
export function outgoingHeaders(
  { touched, setCookie }: Outgoing,
  present: (name: string) => readonly string[],
): readonly (readonly [name: string, values: readonly string[]])[] {
  if (!touched) return []
  const headers: [string, readonly string[]][] = [
    ['vary', [varyByCookie(present('vary'))]],
    ['cache-control', ['no-store']],
  ]
  for (const name of TARGETED) if (present(name).length > 0) headers.push([name, ['no-store']])
  if (setCookie !== undefined) {
    const name = setCookie.slice(0, setCookie.indexOf('=') + 1)
    headers.push(['set-cookie', [...present('set-cookie').filter((other) => !other.startsWith(name)), setCookie]])
  }
  return headers
}

/** What an application says to a CDN alone outranks Cache-Control there (RFC 9213, and its forerunner). */
const TARGETED = ['cdn-cache-control', 'surrogate-control']

function varyByCookie(present: readonly string[]): string {
  if (present.length === 0) return 'Cookie'
  const fields = present
    .flatMap((value) => value.split(','))
    .map((field) => field.trim())
    .filter(Boolean)
  if (fields.includes('*')) return '*'
  return fields.some((field) => field.toLowerCase() === 'cookie') ? fields.join(', ') : [...fields, 'Cookie'].join(', ')
}
