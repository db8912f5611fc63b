import { HoldfastError } from 'holdfast'

/** A server's address as it may be shown: without user and password. */
export function placeOf(url: string): string {
  const { host, pathname } = new URL(url)
  return host + pathname
}

/** Why a server cannot be used, in words. No client puts a password into them. */
export function reasonOf(error: unknown): string {
  if (error instanceof HoldfastError && error.cause !== undefined) return reasonOf(error.cause)
  // A name that leads to several addresses fails once for each, and has no words of its own.
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ')
  return error instanceof Error ? error.message : String(error)
}

/** What PostgreSQL answers to a role that lacks a right. */
export function isForbidden(error: unknown): boolean {
  if (error instanceof HoldfastError) return isForbidden(error.cause)
  return error instanceof Error && 'code' in error && error.code === '42501'
}
