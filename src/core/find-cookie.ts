import { readCookie } from '../cookie/read.ts'
import type { Core } from './context.ts'
import { readHeader, type RequestLike } from './request.ts'

export interface FoundCookie<Opened> {
  readonly value: string
  readonly opened: Opened
}

/**
 * What `open` makes of the request's cookie; undefined without one that a key of ours sealed. Of several cookies with
 * our name, one must be genuine and the others not: nobody's order decides.
 */
export function findCookie<Opened>(
  request: RequestLike,
  open: (value: string) => Opened | undefined,
  { cookie, emit }: Core,
): FoundCookie<Opened> | undefined {
  const header = readHeader(request, 'cookie')
  if (header === undefined) return undefined
  const values = readCookie(header, cookie.name)
  if (values.length === 0) return undefined
  const genuine: FoundCookie<Opened>[] = []
  for (const value of values) {
    const opened = open(value)
    if (opened !== undefined) genuine.push({ value, opened })
  }
  if (values.length > 1) emit({ type: 'duplicate-cookies', count: values.length, accepted: genuine.length === 1 })
  else if (genuine.length === 0) emit({ type: 'forged' })
  return genuine.length === 1 ? genuine[0] : undefined
}
