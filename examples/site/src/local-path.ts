/**
 * A place on this site to go to next, from a form or an address. Whatever a browser would take for another site, a
 * `//host` hidden behind tabs, backslashes or dots included, becomes the fallback.
 */
export function localPath(value: unknown, fallback = '/'): string {
  if (typeof value !== 'string' || !value.startsWith('/') || !URL.canParse(value, BASE)) return fallback
  // Judged as a browser reads it, and then only that reading is used.
  const { origin, pathname, search } = new URL(value, BASE)
  return origin === BASE && !pathname.startsWith('//') ? pathname + search : fallback
}

const BASE = 'http://site.invalid'
