import { ERRORS, HoldfastError, HoldfastTypeError } from './errors.ts'

/**
 * What a visitor is told of an error in opening or committing a session. Only what concerns them is shown, and of
 * that not how the developer may mend it.
 */
export function shownError(error: unknown): { readonly status: number; readonly body: string } {
  const known = error instanceof HoldfastError || error instanceof HoldfastTypeError
  if (!known || error.status >= 500) return { status: 500, body: 'The session could not be loaded or saved.\n' }
  return { status: error.status, body: `${ERRORS[error.code].title}.\n` }
}
