// An application without any framework: no entry but the framework's own may ask for its types.
import { createServer } from 'node:http'
import { createSessions } from 'holdfast'
import { sessionsFromSettings } from 'holdfast/django'
import { expressSessions } from 'holdfast/express'
import { fetchSessions } from 'holdfast/fetch'
import { nodeSessions } from 'holdfast/node'
import { fakeClock } from 'holdfast/testing'

const sessions = createSessions({ keys: [''], clock: fakeClock() })
createServer(nodeSessions(sessions, (_request, response, session) => response.end(session.id)))
export const entries = [expressSessions(sessions), fetchSessions(sessions), sessionsFromSettings]
