// One process of an application: node server.ts <place, as JSON>
// It says its port, and goes when its parent does.
import { createSessions } from '../../src/index.ts'
import { createApp, type AppData } from './app.ts'
import { openPlace } from './open-place.ts'
import type { Place } from './processes.ts'

const { engine, close } = await openPlace(JSON.parse(process.argv[2] ?? '') as Place)
const sessions = createSessions<AppData>({
  keys: ['a key of forty characters, 0123456789 abc'],
  engine,
  maxPerSubject: { max: 200, policy: 'refuse' },
})
const server = createApp(sessions).listen(0, '127.0.0.1', () => process.send?.(server.address()))
process.once('disconnect', () => {
  server.closeAllConnections()
  server.close(() => void sessions.close().then(close))
})
