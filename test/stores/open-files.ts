// Opens stores, one after the other, and writes a session to each: node open-files.ts <id> <file>...
import { sqliteStore } from '../../src/index.ts'
import { newRecord } from '../../src/testing/records.ts'

const [id = '', ...paths] = process.argv.slice(2)
process.once('message', () => void write())
process.send?.('ready')

async function write(): Promise<void> {
  for (const path of paths) {
    const store = sqliteStore(path)
    await store.create(newRecord(Date.now(), { id }))
    await store.close?.()
  }
  process.disconnect()
}
