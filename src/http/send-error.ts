import type { ServerResponse } from 'node:http'
import { ERRORS, HoldfastError, HoldfastTypeError } from '../core/errors.ts'
import { realMethods, type RealMethods } from './real-methods.ts'

/** A clean answer in place of the application's: nothing of its head or body. */
export function sendError(response: ServerResponse, error: unknown, real: RealMethods = realMethods(response)): void {
  const known = shownError(error)
  const body = known === undefined ? 'The session could not be loaded or saved.\n' : `${known.message}\n`
  for (const name of response.getHeaderNames()) response.removeHeader(name)
  if (response.req.httpVersionMajor < 2) response.statusMessage = ''
  real.writeHead(known?.status ?? 500, {
    'content-type': 'text/plain; charset=utf-8',
    'cache-control': 'no-store',
    'content-length': Buffer.byteLength(body),
  })
  real.end(body)
}

/** Only what concerns the visitor is shown to them, and of that not how the developer may mend it. */
function shownError(error: unknown): { status: number; message: string } | undefined {
  const known = error instanceof HoldfastError || error instanceof HoldfastTypeError
  return known && error.status < 500 ? { status: error.status, message: `${ERRORS[error.code].title}.` } : undefined
}
