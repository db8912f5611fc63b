import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { sqliteStore } from '../../src/index.ts'
import { storeContract } from '../../src/testing.ts'
import { newId } from '../../src/testing/records.ts'
import { alternate } from '../support/alternate.ts'

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
