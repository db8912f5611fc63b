import { HoldfastError } from '../../core/errors.ts'
import type { QuoteName } from './users.ts'

/** How a database quotes the name of a table or column. As in Django the whole of it is one name, dots too. */
export function quoteWith(mark: '"' | '`'): QuoteName {
  return (name) => {
    if (typeof name !== 'string' || name === '' || name.includes('\0')) {
      throw new HoldfastError('ERR_OPTION', 'a table and a column have a name')
    }
    return mark + name.replaceAll(mark, mark + mark) + mark
  }
}
