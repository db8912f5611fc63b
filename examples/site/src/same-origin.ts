import type { RequestHandler } from 'express'

/**
 * Refuses requests that change something and come from another site. `Sec-Fetch-Site` decides: browsers set it, and
 * scripts cannot. A browser too old for it sends `Origin`, which must be one of ours. A request with neither is refused.
 *
 * The session cookie is SameSite=Lax already. That alone lets a neighbouring subdomain through; this does not.
 */
export function sameOriginOnly(origins: readonly string[]): RequestHandler {
  return (request, _response, next) => {
    const { method } = request
    const headers = { site: request.get('sec-fetch-site'), origin: request.get('origin') }
    if (isAllowed({ method, ...headers }, origins)) next()
    else next(new CrossSiteError())
  }
}

export class CrossSiteError extends Error {
  readonly status = 403

  constructor() {
    super('A request that changes something came from another site')
  }
}

export interface Origins {
  readonly method: string
  readonly site: string | undefined
  readonly origin: string | undefined
}

export function isAllowed({ method, site, origin }: Origins, origins: readonly string[]): boolean {
  if (SAFE_METHODS.has(method)) return true
  if (site !== undefined) return site === 'same-origin'
  return origin !== undefined && origins.includes(origin)
}

/** Handlers of these change nothing. */
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])
