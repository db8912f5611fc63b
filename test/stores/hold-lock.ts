// Holds the write lock of a SQLite file for a while: node hold-lock.ts <file> <milliseconds>
import { DatabaseSync } from 'node:sqlite'

const [path = '', ms = ''] = process.argv.slice(2)
const database = new DatabaseSync(path)
database.exec('BEGIN IMMEDIATE')
process.send?.('locked')
setTimeout(() => {
  database.exec('COMMIT')
  database.close()
  process.disconnect()
}, Number(ms))
