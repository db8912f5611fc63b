import type { ServerResponse } from 'node:http'
import { realMethods, type RealMethods } from './real-methods.ts'

/** A clean answer in place of the application's: nothing of its head or body. */
export function sendError(response: ServerResponse, error: unknown, real: RealMethods = realMethods(response)): void {
  const known = shownError(error)
  const body = known === undefined ? 'The session could not be loaded or saved.\n' : `${known.message}\n`
  for (const name of response.getHeaderNames()) response.removeHeader(name)
  response.statusMessage = ''
  real.writeHead(known?.status ?? 500, {
    'content-type': 'text/plain; charset=utf-8',
    'cache-control': 'no-store',
    'content-length': Buffer.byteLength(body),
  })
  real.end(body)
}

/** Only an error made for the visitor is shown to them. */
function shownError(error: unknown): { status: number; message: string } | undefined {
  if (typeof error !== 'object' || error === null || !('status' in error) || !('message' in error)) return undefined
  const { status, message } = error
  return typeof status === 'number' && status >= 400 && status < 500 ? { status, message: String(message) } : undefined
}
