import type { Request } from 'express'

/** One field of a submitted form. Missing, repeated or nested fields count as empty. Databases keep no NUL. */
export function fieldOf(request: Request, name: string): string {
  const body: unknown = request.body
  if (typeof body !== 'object' || body === null || !Object.hasOwn(body, name)) return ''
  const value: unknown = Reflect.get(body, name)
  return typeof value === 'string' ? value.replaceAll('\0', '') : ''
}
