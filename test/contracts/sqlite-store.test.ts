import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { sqliteStore, type SessionStore } from '../../src/index.ts'
import { storeContract } from '../../src/testing.ts'
import { newId } from '../../src/testing/records.ts'

const folder = mkdtempSync(join(tmpdir(), 'holdfast-'))
after(() => rmSync(folder, { recursive: true }))
const newFile = (): string => join(folder, `${newId()}.sqlite`)

storeContract('sqliteStore in a file', ({ clock }) => sqliteStore(newFile(), { clock }))
storeContract('sqliteStore with synchronous normal', ({ clock }) =>
  sqliteStore(newFile(), { clock, synchronous: 'normal' }),
)
storeContract('sqliteStore in memory', ({ clock }) => sqliteStore(':memory:', { clock }))
storeContract('a pair of sqliteStores on one file', ({ clock }) => {
  const path = newFile()
  return alternate([sqliteStore(path, { clock }), sqliteStore(path, { clock })])
})

/** One store whose every call goes to the next of its handles: what one wrote the other must see. */
function alternate(handles: readonly [SessionStore, ...SessionStore[]]): SessionStore {
  let turn = 0
  return new Proxy(handles[0], {
    get(first, name) {
      if (name === 'close') return () => Promise.all(handles.map(async (handle) => handle.close?.()))
      const handle = handles[turn++ % handles.length] ?? first
      return Reflect.get(handle, name) as unknown
    },
  })
}
