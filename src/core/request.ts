/** What Holdfast reads of a request: a Web `Request`, or Node's `IncomingMessage` (an upgrade request too). */
export interface RequestLike {
  readonly headers:
    | { get(name: string): string | null }
    | { readonly [name: string]: string | readonly string[] | undefined }
  readonly url?: string | undefined
  readonly socket?: object | null
}

/** `name` in lower case. Cookie fields that came apart (HTTP/2) are joined as RFC 6265bis says. */
export function readHeader({ headers }: RequestLike, name: string): string | undefined {
  if (typeof headers.get === 'function') return headers.get(name) ?? undefined
  const value = (headers as { readonly [name: string]: string | readonly string[] | undefined })[name]
  if (typeof value === 'string' || value === undefined) return value
  return value.join(name === 'cookie' ? '; ' : ', ')
}

/** A page load, as the browser itself says (Fetch Metadata), not one of the requests it makes for a page. */
export function isNavigation(request: RequestLike): boolean {
  return readHeader(request, 'sec-fetch-mode') === 'navigate'
}

/**
 * The host, when the request came over plain http from elsewhere and no proxy said otherwise: a Secure cookie will
 * not come back. Only a report depends on it, so a forged header does no harm.
 */
export function plainHttpHost(request: RequestLike): string | undefined {
  const overTls =
    request.url?.startsWith('https:') === true || (request.socket != null && 'encrypted' in request.socket)
  if (
    overTls ||
    readHeader(request, 'x-forwarded-proto') !== undefined ||
    readHeader(request, 'forwarded') !== undefined
  )
    return undefined
  const host = readHeader(request, 'host') ?? ''
  return host === '' || TRUSTWORTHY.test(host) ? undefined : host.slice(0, 255)
}

/** Where browsers accept Secure cookies without TLS. */
const TRUSTWORTHY = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\]|[^:]+\.localhost)(?::\d+)?$/i
