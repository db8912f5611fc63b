import type { Core } from './context.ts'
import { HoldfastError } from './errors.ts'

/** Django's SessionInterrupted: the session ended elsewhere, so nothing is written and no cookie is sent. */
export function interrupted(id: string, { emit }: Core): HoldfastError {
  emit({ type: 'interrupted', id })
  return new HoldfastError('ERR_SESSION_INTERRUPTED')
}
