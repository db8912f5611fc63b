import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { sqliteStore } from '../../src/index.ts'
import { storeContract } from '../../src/testing.ts'

const folder = mkdtempSync(join(tmpdir(), 'holdfast-'))
after(() => rmSync(folder, { recursive: true }))
let files = 0

storeContract('sqliteStore in a file', ({ clock }) => sqliteStore(join(folder, `${files++}.sqlite`), { clock }))
storeContract('sqliteStore with synchronous normal', ({ clock }) =>
  sqliteStore(join(folder, `${files++}.sqlite`), { clock, synchronous: 'normal' }),
)
storeContract('sqliteStore in memory', ({ clock }) => sqliteStore(':memory:', { clock }))
