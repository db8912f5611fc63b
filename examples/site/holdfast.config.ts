import { openSessions } from './src/sessions.ts'
import { readSettings } from './src/settings.ts'

/** The sessions of the site, for `npx holdfast list`, `revoke` and `clear-expired`, by the environment of the site. */
export default async function () {
  const { sessions } = await openSessions({ ...readSettings(process.env), note: console.error })
  return sessions
}
