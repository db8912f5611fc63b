import type { SessionSigner } from '../../wire/session-text.ts'
import { EMPTY_JSON } from '../../../core/data.ts'
import type { Emit } from '../../../core/events.ts'
import type { DjangoRow, DjangoTable } from '../../tables/table.ts'
import type { DjangoEngine, Kept } from '../engine.ts'
import { publicId } from '../record.ts'
import { signedAt } from '../signed-at.ts'

/** Django's `db`: each session is a row of `django_session`. */
export function dbEngine(table: DjangoTable, signer: SessionSigner): DjangoEngine {
  let emit: Emit = () => {}
  /** Text that nobody with a key wrote is an empty session, as in Django. The row stays, and the next save mends it. */
  const keptOf = ({ key, text, expireDate }: DjangoRow): Kept & { expireDate: number } => {
    const decoded = signer.decode(text)
    if (decoded.kind === 'bad-signature') emit({ type: 'tampered', id: publicId(key) })
    return { key, data: decoded.kind === 'data' ? decoded.json : EMPTY_JSON, version: text, expireDate }
  }
  return {
    name: 'db',
    async load(key, guess) {
      if (guess === undefined) {
        const row = await table.load(key)
        return row && keptOf(row)
      }
      const { row, user } = await table.loadWithUser(key, guess)
      return row && { ...keptOf(row), ...(user === undefined ? {} : { user }) }
    },
    async loadFresh(key) {
      const row = await table.load(key)
      return row && keptOf(row)
    },
    async create({ key, data, expireDate }) {
      const text = signer.encode(data)
      return (await table.insert({ key, text, expireDate })) === 'exists' ? 'exists' : { key, data, version: text }
    },
    async swap({ key, data, expireDate }, base) {
      const text = signer.encode(data)
      const outcome = await table.update({ key, text, expireDate }, String(base.version))
      return outcome === 'updated' ? { key, data, version: text } : outcome
    },
    async replace(base, { key, data, expireDate }) {
      const text = signer.encode(data)
      const outcome = await table.replace(base.key, String(base.version), { key, text, expireDate })
      return outcome === 'replaced' ? { key, data, version: text } : outcome
    },
    end: async (key) => ({ ended: (await table.delete(key)) === 'deleted', propagated: true }),
    findUser: (pk) => table.findUser(pk),
    clearExpired: (limit) => table.clearExpired(limit),
    async scan(after, limit) {
      return (await table.scan(after, limit)).map((row) => {
        try {
          return { ...keptOf(row), savedAt: signedAt(row.text) }
        } catch (failure) {
          return { key: row.key, failure }
        }
      })
    },
    attach(listener) {
      emit = listener
    },
    close: () => table.close(),
  }
}
