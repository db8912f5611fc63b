import { createSessions, db, sqliteStore, type Sessions } from 'holdfast'

const sessions: Sessions = createSessions({
  keys: ['not a secret: 0123456789 abcdefghijk'],
  engine: db(sqliteStore('sessions.sqlite')),
})
export default sessions
