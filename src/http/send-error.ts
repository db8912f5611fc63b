import type { ServerResponse } from 'node:http'
import { shownError } from '../core/shown-error.ts'
import { realMethods, type RealMethods } from './real-methods.ts'

/** A clean answer in place of the application's: nothing of its head or body. */
export function sendError(response: ServerResponse, error: unknown, real: RealMethods = realMethods(response)): void {
  const { status, body } = shownError(error)
  for (const name of response.getHeaderNames()) response.removeHeader(name)
  if (response.req.httpVersionMajor < 2) response.statusMessage = ''
  real.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'cache-control': 'no-store',
    'content-length': Buffer.byteLength(body),
  })
  // Not in `end`, which in HTTP/2 would write by the method that is held.
  if (response.req.method !== 'HEAD') real.write(body)
  real.end()
}
