import { once } from 'node:events'
import { createServer, request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Clock } from '../../src/index.ts'

/**
 * A shared cache between browsers and a server.
 *
 * `strict` keeps to RFC 9111. Set-Cookie does not keep it from storing (section 7.3), nor does a cookie in the
 * request. `sloppy` is what people configure: it stores whatever is not `no-store`, whatever its status, looks at no
 * Vary and no `private`, and takes every path that ends like a file for a file. `targeted` is a CDN that obeys
 * CDN-Cache-Control (RFC 9213) and Surrogate-Control before Cache-Control.
 */
export type CachePolicy = 'strict' | 'sloppy' | 'targeted'

export interface CachingProxy {
  readonly base: string
  /** Answers that came from the cache. */
  readonly hits: number
  close(): void
}

interface Stored {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  readonly storedAt: number
  readonly freshSeconds: number
  /** What the request said in the fields that Vary names. */
  readonly varied: ReadonlyMap<string, string | undefined>
}

export async function startCachingProxy(origin: string, policy: CachePolicy, clock: Clock): Promise<CachingProxy> {
  const store = new Map<string, Stored[]>()
  let hits = 0

  const server = createServer((request, response) => {
    void answer(request).then(({ status, headers, body }) => {
      response.writeHead(status, headers).end(request.method === 'HEAD' ? undefined : body)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')

  async function answer(request: IncomingMessage): Promise<Pick<Stored, 'status' | 'headers' | 'body'>> {
    const readable = request.method === 'GET' || request.method === 'HEAD'
    const key = keyOf(String(request.url), policy)
    const kept = readable ? store.get(key)?.find((entry) => isUsable(entry, request)) : undefined
    if (kept !== undefined) {
      hits++
      const { etag } = kept.headers
      if (etag !== undefined && request.headers['if-none-match'] === etag)
        return { ...kept, status: 304, body: Buffer.of() }
      return kept
    }
    const fresh = await ask(request)
    const freshSeconds = freshness(fresh, policy)
    if (request.method === 'GET' && freshSeconds > 0) {
      const vary = policy === 'sloppy' ? [] : fieldsOf(fresh.headers.vary)
      if (!vary.includes('*')) {
        const varied = new Map(vary.map((name) => [name, headerOf(request, name)]))
        store.set(key, [...(store.get(key) ?? []), { ...fresh, storedAt: clock.now(), freshSeconds, varied }])
      }
    }
    return fresh
  }

  async function ask(request: IncomingMessage): Promise<Pick<Stored, 'status' | 'headers' | 'body'>> {
    const { method, url, headers } = request
    const asking = httpRequest(origin + String(url), { method, headers })
    request.pipe(asking)
    const [response] = (await once(asking, 'response')) as [IncomingMessage]
    const chunks: Buffer[] = []
    for await (const chunk of response) chunks.push(chunk as Buffer)
    const { 'transfer-encoding': chunked, connection, ...rest } = response.headers
    void [chunked, connection]
    return { status: response.statusCode ?? 0, headers: rest, body: Buffer.concat(chunks) }
  }

  function isUsable({ storedAt, freshSeconds, varied }: Stored, request: IncomingMessage): boolean {
    if (clock.now() - storedAt >= freshSeconds * 1000) return false
    return [...varied].every(([name, value]) => headerOf(request, name) === value)
  }

  return {
    base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get hits() {
      return hits
    },
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

/** For how many seconds the answer may be given to others; 0 for not at all. */
function freshness({ status, headers }: Pick<Stored, 'status' | 'headers'>, policy: CachePolicy): number {
  const targeted = headers['cdn-cache-control'] ?? headers['surrogate-control']
  const field = policy === 'targeted' && targeted !== undefined ? String(targeted) : (headers['cache-control'] ?? '')
  const directives = new Map(
    fieldsOf(field).map((directive) => {
      const [name = '', value = ''] = directive.split('=', 2)
      return [name, value.replaceAll('"', '')]
    }),
  )
  if (directives.has('no-store')) return 0
  if (policy === 'sloppy') return 3600
  if (directives.has('private') || directives.has('no-cache')) return 0
  const explicit = directives.get('s-maxage') ?? directives.get('max-age')
  if (explicit !== undefined) return Number(explicit) + Number(directives.get('stale-while-revalidate') ?? 0)
  if (headers.expires !== undefined) return 600
  return HEURISTICALLY_CACHEABLE.has(status) && headers['last-modified'] !== undefined ? 600 : 0
}

/** RFC 9110, section 15.1. */
const HEURISTICALLY_CACHEABLE = new Set([200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501])

/** Who caches files tends to cut off the query, and to decode. */
function keyOf(url: string, policy: CachePolicy): string {
  const file = /^[^?#]*\.(?:css|js|png|ico)/i.exec(url)
  return policy === 'sloppy' && file !== null ? file[0].toLowerCase() : url
}

function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name]
  return Array.isArray(value) ? value.join(', ') : value
}

function fieldsOf(header: string | undefined): string[] {
  return (header ?? '')
    .split(',')
    .map((field) => field.trim().toLowerCase())
    .filter(Boolean)
}
