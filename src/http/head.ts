import type { OutgoingHttpHeader, ServerResponse } from 'node:http'

/** Moves the arguments of `writeHead(status, message?, headers?)` to where the response keeps them. */
export function takeHead(response: ServerResponse, head: readonly unknown[]): void {
  const [status, ...rest] = head
  if (typeof status === 'number') response.statusCode = status
  if (typeof rest[0] === 'string') response.statusMessage = rest.shift() as string
  const headers = rest.find((argument) => typeof argument === 'object' && argument !== null)
  if (headers === undefined) return
  const pairs = Array.isArray(headers)
    ? pairsOf(headers)
    : Object.entries(headers as Record<string, OutgoingHttpHeader>)
  const seen = new Set<string>()
  for (const [name, value] of pairs) {
    if (value === undefined) continue
    const again = seen.has(name.toLowerCase())
    seen.add(name.toLowerCase())
    if (again) response.appendHeader(name, Array.isArray(value) ? value : String(value))
    else response.setHeader(name, value)
  }
}

/** `writeHead` takes a flat list of names and values, or a list of pairs. */
function pairsOf(list: readonly unknown[]): [string, OutgoingHttpHeader][] {
  if (Array.isArray(list[0])) return list as [string, OutgoingHttpHeader][]
  return Array.from({ length: Math.floor(list.length / 2) }, (_, index) => [
    String(list[2 * index]),
    list[2 * index + 1] as OutgoingHttpHeader,
  ])
}

export interface Head {
  readonly status: number
  /** HTTP/2 has none, and Node warns whoever looks at it. */
  readonly message: string | undefined
  readonly headers: ReturnType<ServerResponse['getHeaders']>
}

export function headOf(response: ServerResponse): Head {
  return { status: response.statusCode, message: messageOf(response), headers: response.getHeaders() }
}

/** An error handler that ran meanwhile must not mix its head with a body that was already given. */
export function restoreHead(response: ServerResponse, { status, message, headers }: Head): void {
  response.statusCode = status
  if (message !== undefined) response.statusMessage = message
  for (const name of response.getHeaderNames()) if (!(name in headers)) response.removeHeader(name)
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) response.setHeader(name, value)
}

function messageOf(response: ServerResponse): string | undefined {
  return response.req.httpVersionMajor < 2 ? response.statusMessage : undefined
}

export function valuesOf(header: OutgoingHttpHeader | undefined): readonly string[] {
  if (header === undefined) return []
  return Array.isArray(header) ? header : [String(header)]
}
