// One process of an application: node server.ts <SQLite file> <synchronous>
// It says its port, and goes when its parent does.
import { cachedDb, createSessions, memoryCache, sqliteStore } from '../../src/index.ts'
import { createApp, type AppData } from './app.ts'

const [path = '', synchronous] = process.argv.slice(2)
const store = sqliteStore(path, { synchronous: synchronous === 'normal' ? 'normal' : 'full' })
const sessions = createSessions<AppData>({
  keys: ['a key of forty characters, 0123456789 abc'],
  engine: cachedDb(store, memoryCache()),
  maxPerSubject: { max: 200, policy: 'refuse' },
})
const server = createApp(sessions).listen(0, '127.0.0.1', () => process.send?.(server.address()))
process.once('disconnect', () => {
  server.closeAllConnections()
  server.close(() => void sessions.close())
})
