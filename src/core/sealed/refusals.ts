import { HoldfastError } from '../errors.ts'
import type { SessionsOptions } from '../options.ts'

export function refusal(what: string): HoldfastError {
  return new HoldfastError('ERR_ENGINE', what)
}

/** For what a store of endings makes possible. */
export function withoutEndings(what: string): HoldfastError {
  return refusal(`${what} needs a store that remembers what has ended, as in signedCookies({ endings: store })`)
}

/** Whoever sets one of these counts on it. */
export function refuseOptions(options: SessionsOptions): void {
  for (const [name, why] of Object.entries(KEPT_BY_A_STORE)) {
    const value = options[name as keyof typeof KEPT_BY_A_STORE]
    if (value !== undefined && value !== false) throw refusal(`${name} is given, and ${why}`)
  }
}

const KEPT_BY_A_STORE = {
  maxPerSubject: 'nobody knows how many sessions a subject has',
  renewalInterval: 'a copied cookie cannot be told from the original, so a new secret would protect nothing',
  onReuse: 'a copied cookie cannot be told from the original',
  onConflict: 'of two requests at once the later response replaces all that the other one changed',
} as const satisfies { readonly [name in keyof SessionsOptions]?: string }
